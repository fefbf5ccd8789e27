-- Which changes are linked to a bug that was fixed later, and which fix was the first?
SELECT repo, change_id, origin, merged_at, subject, bug_days AS days, observed_days, bug_by AS by_commit
FROM changes
WHERE bug_by IS NOT NULL
ORDER BY merged_at DESC NULLS LAST, repo, change_id
