-- Which AI tools reviewed pull requests, and how many remarks did they make on lines?
-- Severe are those whose tool calls them critical or major, in whatever words; `with_severe` counts pull requests that got one.
WITH reviewing AS (
  SELECT repo, pull, agent, text AS login
  FROM evidence
  WHERE found_in = 'reviewer' AND commit_id IS NULL AND agent IS NOT NULL
  GROUP BY repo, pull, agent, text
),
remarks AS (
  SELECT r.repo AS repo, r.pull AS pull, r.agent AS agent, COUNT(*) AS comments,
    SUM(CAST(CASE WHEN c.severity IN ('critical', 'major') THEN 1 ELSE 0 END AS BIGINT)) AS severe,
    SUM(CAST(CASE WHEN c.severity IS NULL THEN 0 ELSE 1 END AS BIGINT)) AS stated
  FROM reviewing AS r
  JOIN review_comments AS c ON c.repo = r.repo AND c.pull = r.pull AND c.author = r.login
  GROUP BY r.repo, r.pull, r.agent
),
tools AS (
  SELECT DISTINCT repo, pull, agent FROM reviewing
)
SELECT t.agent AS agent, COUNT(*) AS pulls,
  SUM(CAST(CASE WHEN p.outcome = 'merged' THEN 1 ELSE 0 END AS BIGINT)) AS merged,
  SUM(COALESCE(m.comments, 0)) AS comments, SUM(COALESCE(m.stated, 0)) AS stated, SUM(COALESCE(m.severe, 0)) AS severe,
  SUM(CAST(CASE WHEN m.severe > 0 THEN 1 ELSE 0 END AS BIGINT)) AS with_severe
FROM tools AS t
JOIN pull_outcomes AS p ON p.repo = t.repo AND p.pull = t.pull
LEFT JOIN remarks AS m ON m.repo = t.repo AND m.pull = t.pull AND m.agent = t.agent
GROUP BY t.agent
ORDER BY pulls DESC, agent
