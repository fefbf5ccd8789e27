-- How many deployments were there, by environment and month, and how many of them failed?
-- Of the others the state is not known, or they are still under way. `people` are those who deployed to it, automation left out.
WITH dated AS (
  SELECT repo, environment, is_production, state, EXTRACT(YEAR FROM created_at) AS year_no, EXTRACT(MONTH FROM created_at) AS month_no
  FROM deployments
),
deployers AS (
  SELECT repo, environment, COUNT(DISTINCT creator) AS people FROM deployments WHERE NOT ENDS_WITH(creator, '[bot]') GROUP BY repo, environment
),
counted AS (
  SELECT repo, environment, year_no, month_no, COUNT(*) AS deployments,
    SUM(CAST(CASE WHEN state = 'success' THEN 1 ELSE 0 END AS BIGINT)) AS succeeded,
    SUM(CAST(CASE WHEN state IN ('failure', 'error') THEN 1 ELSE 0 END AS BIGINT)) AS failed,
    SUM(CAST(CASE WHEN is_production THEN 1 ELSE 0 END AS BIGINT)) AS to_production
  FROM dated
  GROUP BY repo, environment, year_no, month_no
)
SELECT c.repo AS repo, c.environment AS environment, c.year_no AS year_no, c.month_no AS month_no, c.deployments AS deployments,
  c.succeeded AS succeeded, c.failed AS failed, c.to_production AS to_production, d.people AS people
FROM counted AS c
LEFT JOIN deployers AS d ON d.repo = c.repo AND d.environment = c.environment
ORDER BY repo, environment, year_no NULLS LAST, month_no NULLS LAST
