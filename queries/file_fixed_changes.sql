-- Which changes had a file of code or configuration touched by a later bug fix, and by which one first?
SELECT repo, change_id, origin, merged_at, subject, first_file_fix_days AS days, observed_days, first_file_fix_by AS by_commit
FROM changes
WHERE first_file_fix_by IS NOT NULL
ORDER BY merged_at DESC NULLS LAST, repo, change_id
