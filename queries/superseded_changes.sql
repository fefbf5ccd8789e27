-- Which changes were superseded, when, and by which commit?
SELECT repo, change_id, origin, merged_at, subject, superseded_days AS days, observed_days, superseded_by AS by_commit
FROM changes
WHERE superseded_by IS NOT NULL
ORDER BY merged_at DESC NULLS LAST, repo, change_id
