-- What became of pull requests, by who wrote them?
-- `since_first_ai` is 1 for those opened after the repository's first one with evidence of AI.
WITH first_ai AS (
  SELECT repo, MIN(created_at) AS since FROM pull_outcomes WHERE origin IN ('agent', 'assisted') GROUP BY repo
)
SELECT p.origin AS origin, CASE WHEN p.created_at >= f.since THEN 1 ELSE 0 END AS since_first_ai, COUNT(*) AS pulls,
  SUM(CAST(CASE WHEN p.outcome = 'merged' THEN 1 ELSE 0 END AS BIGINT)) AS merged,
  SUM(CAST(CASE WHEN p.outcome = 'rejected' THEN 1 ELSE 0 END AS BIGINT)) AS rejected,
  SUM(CAST(CASE WHEN p.outcome = 'abandoned' THEN 1 ELSE 0 END AS BIGINT)) AS abandoned,
  SUM(CAST(CASE WHEN p.outcome = 'open' THEN 1 ELSE 0 END AS BIGINT)) AS still_open
FROM pull_outcomes AS p
LEFT JOIN first_ai AS f ON f.repo = p.repo
GROUP BY p.origin, CASE WHEN p.created_at >= f.since THEN 1 ELSE 0 END
ORDER BY origin, since_first_ai
