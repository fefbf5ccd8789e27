-- How many deployments were there, by environment and month, and how many of them failed?
-- Of the others the state is not known, or they are still under way.
WITH dated AS (
  SELECT repo, environment, is_production, state, EXTRACT(YEAR FROM created_at) AS year_no, EXTRACT(MONTH FROM created_at) AS month_no
  FROM deployments
)
SELECT repo, environment, year_no, month_no, COUNT(*) AS deployments,
  SUM(CAST(CASE WHEN state = 'success' THEN 1 ELSE 0 END AS BIGINT)) AS succeeded,
  SUM(CAST(CASE WHEN state IN ('failure', 'error') THEN 1 ELSE 0 END AS BIGINT)) AS failed
FROM dated
GROUP BY repo, environment, year_no, month_no
ORDER BY repo, environment, year_no NULLS LAST, month_no NULLS LAST
