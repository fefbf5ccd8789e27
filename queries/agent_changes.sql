-- Which changes have evidence of which AI tool, and why is that said?
SELECT agent, repo, change_id, merged_at, subject, reason
FROM (SELECT UNNEST(agents) AS agent, repo, change_id, merged_at, subject, origin, origin_reason AS reason FROM changes) AS by_tool_of_all
WHERE agent IS NOT NULL AND origin IN ('agent', 'assisted')
ORDER BY agent, merged_at DESC NULLS LAST, repo, change_id
