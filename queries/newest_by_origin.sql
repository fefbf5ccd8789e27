-- The newest changes of every origin, and why they were given it.
WITH ranked AS (
  SELECT ch.repo AS repo, ch.change_id AS change_id, ch.origin AS origin, ch.merged_at AS merged_at, ch.subject AS subject,
    ROW_NUMBER() OVER (PARTITION BY ch.origin ORDER BY ch.merged_at DESC, ch.repo DESC, ch.change_id DESC) AS newest
  FROM changes AS ch
)
SELECT r.repo AS repo, r.change_id AS change_id, r.origin AS origin, r.merged_at AS merged_at, r.subject AS subject, a.reason AS reason
FROM ranked AS r
JOIN attributions AS a ON a.repo = r.repo AND a.subject_id = r.change_id
WHERE a.subject_kind = 'change' AND r.newest <= 20
ORDER BY origin, merged_at DESC NULLS LAST, repo, change_id
