-- Of the changes watched for the whole window, how many are linked to a bug that was fixed within it?
-- A link is stated by the fix, or inferred from lines with confidence 0.5 or more, of a commit that is a fix with more than that.
-- `since_first_ai` is 1 for changes that landed after the repository's first one with evidence of AI: only
-- among those are AI and the rest compared, so that years before AI do not stand in for the rest.
WITH first_ai AS (
  SELECT repo, MIN(merged_at) AS since FROM changes WHERE origin IN ('agent', 'assisted') GROUP BY repo
)
SELECT ch.origin AS origin, CASE WHEN ch.merged_at >= f.since THEN 1 ELSE 0 END AS since_first_ai,
  SUM(CAST(CASE WHEN observed_days >= 30 THEN 1 ELSE 0 END AS BIGINT)) AS watched_30,
  SUM(CAST(CASE WHEN observed_days >= 30 AND bug_days < 30 THEN 1 ELSE 0 END AS BIGINT)) AS events_30,
  SUM(CAST(CASE WHEN observed_days >= 90 THEN 1 ELSE 0 END AS BIGINT)) AS watched_90,
  SUM(CAST(CASE WHEN observed_days >= 90 AND bug_days < 90 THEN 1 ELSE 0 END AS BIGINT)) AS events_90
FROM changes AS ch
LEFT JOIN first_ai AS f ON f.repo = ch.repo
GROUP BY ch.origin, CASE WHEN ch.merged_at >= f.since THEN 1 ELSE 0 END
ORDER BY origin, since_first_ai
