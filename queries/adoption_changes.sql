-- Every change, with when its repository began to use AI: what the judge compares before and after adoption by.
-- Automation is left out. `adopted_at` is null where no change of the repository has evidence of AI.
WITH first_ai AS (
  SELECT repo, MIN(merged_at) AS adopted_at FROM changes WHERE origin IN ('agent', 'assisted') GROUP BY repo
)
SELECT ch.repo AS repo, ch.change_id AS change_id, ch.merged_at AS merged_at, f.adopted_at AS adopted_at,
  ch.observed_days AS observed_days, ch.reverted_days AS reverted_days, ch.first_fix_days AS first_fix_days, ch.bug_days AS bug_days,
  ch.incident_days AS incident_days
FROM changes AS ch
LEFT JOIN first_ai AS f ON f.repo = ch.repo
WHERE ch.origin <> 'bot' AND ch.observed_days >= 0 AND ch.merged_at IS NOT NULL
ORDER BY repo, change_id
