-- Of the bug fixes watched for the whole window, how many were mended themselves within it?
-- `way` is how that is known: a later fix rewrote their lines, or is linked to them as what brought its bug.
-- `since_first_ai` is 1 for changes that landed after the repository's first one with evidence of AI: only
-- among those are AI and the rest compared, so that years before AI do not stand in for the rest.
WITH first_ai AS (
  SELECT repo, MIN(merged_at) AS since FROM changes WHERE origin IN ('agent', 'assisted') GROUP BY repo
),
linked AS (
  SELECT repo, origin, merged_at, observed_days, 'same_lines' AS way, first_fix_days AS days
  FROM changes
  WHERE is_fix
  UNION ALL
  SELECT repo, origin, merged_at, observed_days, 'bug_inducing' AS way, bug_days AS days
  FROM changes
  WHERE is_fix
)
SELECT way, l.origin AS origin, CASE WHEN l.merged_at >= f.since THEN 1 ELSE 0 END AS since_first_ai,
  SUM(CAST(CASE WHEN observed_days >= 30 THEN 1 ELSE 0 END AS BIGINT)) AS watched_30,
  SUM(CAST(CASE WHEN observed_days >= 30 AND days < 30 THEN 1 ELSE 0 END AS BIGINT)) AS events_30,
  SUM(CAST(CASE WHEN observed_days >= 90 THEN 1 ELSE 0 END AS BIGINT)) AS watched_90,
  SUM(CAST(CASE WHEN observed_days >= 90 AND days < 90 THEN 1 ELSE 0 END AS BIGINT)) AS events_90
FROM linked AS l
LEFT JOIN first_ai AS f ON f.repo = l.repo
GROUP BY way, l.origin, CASE WHEN l.merged_at >= f.since THEN 1 ELSE 0 END
ORDER BY way, origin, since_first_ai
