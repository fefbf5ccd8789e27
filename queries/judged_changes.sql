-- Every change since its repository's first one with evidence of AI, as the judge compares them.
-- Automation is on neither side. Days to an outcome are null while it has not happened.
WITH first_ai AS (
  SELECT repo, MIN(merged_at) AS since FROM changes WHERE origin IN ('agent', 'assisted') GROUP BY repo
)
SELECT ch.repo AS repo, ch.change_id AS change_id, ch.origin AS origin, ch.author AS author, ch.merged_at AS merged_at,
  ch.month AS month, ch.observed_days AS observed_days, ch.size AS size, ch.task AS task, ch.file_risk AS file_risk,
  ch.author_days AS author_days, ch.languages AS languages, ch.reverted_days AS reverted_days, ch.first_fix_days AS first_fix_days,
  ch.bug_days AS bug_days, ch.incident_days AS incident_days, ch.superseded_days AS superseded_days
FROM changes AS ch
JOIN first_ai AS f ON f.repo = ch.repo
WHERE ch.merged_at >= f.since AND ch.origin <> 'bot' AND ch.observed_days >= 0
ORDER BY repo, change_id
