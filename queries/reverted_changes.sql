-- Which changes were reverted, when, and by which commit?
SELECT ch.repo AS repo, ch.change_id AS change_id, ch.origin AS origin, ch.merged_at AS merged_at, ch.subject AS subject,
  ch.reverted_days AS days, ch.observed_days AS observed_days, MIN(l.from_id) AS by_commit
FROM changes AS ch
JOIN commits AS c ON c.repo = ch.repo AND c.change_id = ch.change_id
JOIN links AS l ON l.repo = c.repo AND l.to_id = c.commit_id
WHERE ch.reverted_at IS NOT NULL AND l.kind = 'reverts'
GROUP BY ch.repo, ch.change_id, ch.origin, ch.merged_at, ch.subject, ch.reverted_days, ch.observed_days
ORDER BY merged_at DESC NULLS LAST, repo, change_id
