-- Which changes had a source file touched by a later bug fix, and by which one first?
SELECT ch.repo AS repo, ch.change_id AS change_id, ch.origin AS origin, ch.merged_at AS merged_at, ch.subject AS subject,
  ch.first_file_fix_days AS days, ch.observed_days AS observed_days, l.from_id AS by_commit
FROM changes AS ch
JOIN links AS l ON l.repo = ch.repo AND l.to_id = ch.change_id
WHERE l.kind = 'follow_up_fix' AND l.method = 'same_files' AND ch.first_file_fix_days IS NOT NULL
ORDER BY merged_at DESC NULLS LAST, repo, change_id
