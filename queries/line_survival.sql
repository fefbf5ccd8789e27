-- When did the lines of every commit land, and when and by which commit did they end?
-- Code and comments of source and test files; what tests only read, in no language, is data. A line lands, and ends, with the change that brings the commit; one that
-- ended within the change that brought it never landed. Without `ended_at` it was there when the repository was last
-- observed. Lines are their commit's; where a record such as a git-ai note says who wrote which of them, each is its writer's, and
-- those it leaves out are unknown. `since_first_ai` is 1 for lines that landed after the repository's first change with evidence of AI.
WITH recorded AS (
  SELECT repo, commit_id, COUNT(*) AS fates FROM attested_fates GROUP BY repo, commit_id
),
by_commit AS (
  SELECT repo, COALESCE(copied_by, origin_commit) AS birth, death_commit AS death, SUM(lines) AS lines
  FROM line_fates
  WHERE class IN ('source', 'test') AND language IS NOT NULL AND line_kind IN ('code', 'comment')
  GROUP BY repo, COALESCE(copied_by, origin_commit), death_commit
),
by_line AS (
  SELECT repo, commit_id, death_commit, origin, SUM(lines) AS lines
  FROM attested_fates
  WHERE class IN ('source', 'test') AND language IS NOT NULL AND line_kind IN ('code', 'comment')
  GROUP BY repo, commit_id, death_commit, origin
),
fates AS (
  SELECT f.repo AS repo, f.birth AS birth, f.death AS death, CAST(NULL AS VARCHAR) AS writer, f.lines AS lines
  FROM by_commit AS f
  LEFT JOIN recorded AS r ON r.repo = f.repo AND r.commit_id = f.birth
  WHERE r.fates IS NULL
  UNION ALL
  SELECT repo, commit_id AS birth, death_commit AS death, origin AS writer, lines FROM by_line
),
first_ai AS (
  SELECT repo, MIN(merged_at) AS since FROM changes WHERE origin IN ('agent', 'assisted') GROUP BY repo
),
wrote AS (
  SELECT repo, subject_id, origin FROM attributions WHERE subject_kind = 'commit'
),
births AS (
  SELECT c.repo AS repo, c.commit_id AS commit_id, c.change_id AS landing, COALESCE(w.origin, 'unknown') AS origin, c.subject AS subject,
    CASE WHEN ch.merged_at >= f.since THEN 1 ELSE 0 END AS since_first_ai, ch.merged_at AS landed_at, ch.observed_until AS observed_until
  FROM commits AS c
  JOIN changes AS ch ON ch.repo = c.repo AND ch.change_id = c.change_id
  LEFT JOIN first_ai AS f ON f.repo = c.repo
  LEFT JOIN wrote AS w ON w.repo = c.repo AND w.subject_id = c.commit_id
),
deaths AS (
  SELECT c.repo AS repo, c.commit_id AS commit_id, c.change_id AS ending, l.committed_at AS ended_at
  FROM commits AS c
  JOIN commits AS l ON l.repo = c.repo AND l.commit_id = c.change_id
)
SELECT b.repo AS repo, b.commit_id AS commit_id, COALESCE(t.writer, b.origin) AS origin, b.since_first_ai AS since_first_ai, b.landed_at AS landed_at,
  b.subject AS subject, b.observed_until AS observed_until, t.death AS ended_by, d.ended_at AS ended_at, t.lines AS lines
FROM fates AS t
JOIN births AS b ON b.repo = t.repo AND b.commit_id = t.birth
LEFT JOIN deaths AS d ON d.repo = t.repo AND d.commit_id = t.death
WHERE d.ending IS NULL OR d.ending <> b.landing
ORDER BY repo, commit_id, origin, ended_by NULLS LAST
