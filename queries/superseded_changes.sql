-- Which changes were superseded, when, and by which commit?
WITH superseding AS (
  SELECT repo, to_id, MIN(from_id) AS by_commit FROM links WHERE kind = 'supersedes' GROUP BY repo, to_id
)
SELECT ch.repo AS repo, ch.change_id AS change_id, ch.origin AS origin, ch.merged_at AS merged_at, ch.subject AS subject,
  ch.superseded_at AS happened_at, ch.observed_days AS observed_days, s.by_commit AS by_commit
FROM changes AS ch
LEFT JOIN superseding AS s ON s.repo = ch.repo AND s.to_id = ch.change_id
WHERE ch.superseded_at IS NOT NULL
ORDER BY merged_at DESC NULLS LAST, repo, change_id
