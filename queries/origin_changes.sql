-- Which changes landed, who wrote them, and why is that said?
SELECT origin, repo, change_id, merged_at, subject, origin_reason AS reason
FROM changes
ORDER BY origin, merged_at DESC NULLS LAST, repo, change_id
