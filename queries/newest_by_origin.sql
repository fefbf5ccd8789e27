-- The newest changes of every origin, and why they were given it.
WITH ranked AS (
  SELECT repo, change_id, origin, merged_at, subject, origin_reason AS reason,
    ROW_NUMBER() OVER (PARTITION BY origin ORDER BY merged_at DESC, repo DESC, change_id DESC) AS newest
  FROM changes
)
SELECT repo, change_id, origin, merged_at, subject, reason
FROM ranked
WHERE newest <= 20
ORDER BY origin, merged_at DESC NULLS LAST, repo, change_id
