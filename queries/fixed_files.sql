-- Of the changes watched for the whole window, how many had a source file touched by a bug fix within it?
-- `since_first_ai` is 1 for changes that landed after the first one with evidence of AI: only among
-- those are AI and the rest compared, so that years before AI do not stand in for the rest.
WITH first_ai AS (
  SELECT MIN(merged_at) AS since FROM changes WHERE origin IN ('agent', 'assisted')
),
watched AS (
  SELECT origin, CASE WHEN merged_at >= since THEN 1 ELSE 0 END AS since_first_ai, 30 AS window_days, first_file_fix_days AS event_days
  FROM changes CROSS JOIN first_ai
  WHERE observed_days >= 30
  UNION ALL
  SELECT origin, CASE WHEN merged_at >= since THEN 1 ELSE 0 END AS since_first_ai, 90 AS window_days, first_file_fix_days AS event_days
  FROM changes CROSS JOIN first_ai
  WHERE observed_days >= 90
)
SELECT origin, since_first_ai, window_days, COUNT(*) AS watched,
  SUM(CAST(CASE WHEN event_days < window_days THEN 1 ELSE 0 END AS BIGINT)) AS events
FROM watched
GROUP BY origin, since_first_ai, window_days
ORDER BY window_days, origin, since_first_ai
