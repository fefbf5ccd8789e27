-- Of the changes watched for the whole window, how many were named as the cause of an incident within it?
-- `since_first_ai` is 1 for changes that landed after the first one with evidence of AI: only among
-- those are AI and the rest compared, so that years before AI do not stand in for the rest.
WITH first_ai AS (
  SELECT MIN(merged_at) AS since FROM changes WHERE origin IN ('agent', 'assisted')
)
SELECT origin, CASE WHEN merged_at >= since THEN 1 ELSE 0 END AS since_first_ai,
  SUM(CAST(CASE WHEN observed_days >= 30 THEN 1 ELSE 0 END AS BIGINT)) AS watched_30,
  SUM(CAST(CASE WHEN observed_days >= 30 AND incident_days < 30 THEN 1 ELSE 0 END AS BIGINT)) AS events_30,
  SUM(CAST(CASE WHEN observed_days >= 90 THEN 1 ELSE 0 END AS BIGINT)) AS watched_90,
  SUM(CAST(CASE WHEN observed_days >= 90 AND incident_days < 90 THEN 1 ELSE 0 END AS BIGINT)) AS events_90
FROM changes CROSS JOIN first_ai
GROUP BY origin, since_first_ai
ORDER BY origin, since_first_ai
