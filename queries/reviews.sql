-- How were merged pull requests reviewed, by who wrote them?
-- Each `known_…` counts those of which it can be told: the denominator of the column before it.
-- `since_first_ai` is 1 for those opened after the repository's first one with evidence of AI.
WITH first_ai AS (
  SELECT repo, MIN(created_at) AS since FROM pull_outcomes WHERE origin IN ('agent', 'assisted') GROUP BY repo
)
SELECT p.origin AS origin, CASE WHEN p.created_at >= f.since THEN 1 ELSE 0 END AS since_first_ai, COUNT(*) AS merged,
  SUM(CAST(CASE WHEN p.is_unreviewed THEN 1 ELSE 0 END AS BIGINT)) AS unreviewed,
  SUM(CAST(CASE WHEN p.is_unreviewed IS NULL THEN 0 ELSE 1 END AS BIGINT)) AS known_unreviewed,
  SUM(CAST(CASE WHEN p.is_bot_approved THEN 1 ELSE 0 END AS BIGINT)) AS bot_approved,
  SUM(CAST(CASE WHEN p.is_bot_approved IS NULL THEN 0 ELSE 1 END AS BIGINT)) AS known_bot_approved,
  SUM(CAST(CASE WHEN p.is_rubber_stamp THEN 1 ELSE 0 END AS BIGINT)) AS rubber_stamped,
  SUM(CAST(CASE WHEN p.is_rubber_stamp IS NULL THEN 0 ELSE 1 END AS BIGINT)) AS known_rubber_stamped,
  SUM(CAST(CASE WHEN p.is_approval_stale THEN 1 ELSE 0 END AS BIGINT)) AS stale,
  SUM(CAST(CASE WHEN p.is_approval_stale IS NULL THEN 0 ELSE 1 END AS BIGINT)) AS known_stale,
  SUM(CAST(CASE WHEN p.reviewers >= 2 THEN 1 ELSE 0 END AS BIGINT)) AS several_reviewers,
  SUM(CAST(CASE WHEN p.reviewers IS NULL THEN 0 ELSE 1 END AS BIGINT)) AS known_several_reviewers,
  SUM(CAST(CASE WHEN p.rounds >= 2 THEN 1 ELSE 0 END AS BIGINT)) AS several_rounds,
  SUM(CAST(CASE WHEN p.rounds IS NULL THEN 0 ELSE 1 END AS BIGINT)) AS known_several_rounds
FROM pull_outcomes AS p
LEFT JOIN first_ai AS f ON f.repo = p.repo
WHERE p.outcome = 'merged'
GROUP BY p.origin, CASE WHEN p.created_at >= f.since THEN 1 ELSE 0 END
ORDER BY origin, since_first_ai
