-- How many hours did pull requests wait for a person's first review, by who wrote them?
-- One row for each time to the hundredth of an hour, with how many waited so long; those that nobody reviewed are left out.
-- `since_first_ai` is 1 for those opened after the repository's first one with evidence of AI.
WITH first_ai AS (
  SELECT repo, MIN(created_at) AS since FROM pull_outcomes WHERE origin IN ('agent', 'assisted') GROUP BY repo
),
waited AS (
  SELECT p.origin AS origin, CASE WHEN p.created_at >= f.since THEN 1 ELSE 0 END AS since_first_ai,
    ROUND(p.first_review_hours, 2) AS hours
  FROM pull_outcomes AS p
  LEFT JOIN first_ai AS f ON f.repo = p.repo
  WHERE p.first_review_hours IS NOT NULL
)
SELECT origin, since_first_ai, hours, COUNT(*) AS pulls
FROM waited
GROUP BY origin, since_first_ai, hours
ORDER BY origin, since_first_ai, hours
