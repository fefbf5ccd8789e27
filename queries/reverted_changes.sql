-- Which changes were reverted, when, and by which commit?
SELECT repo, change_id, origin, merged_at, subject, reverted_days AS days, observed_days, reverted_by AS by_commit
FROM changes
WHERE reverted_by IS NOT NULL
ORDER BY merged_at DESC NULLS LAST, repo, change_id
