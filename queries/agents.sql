-- Which AI tools left evidence, on how many changes, and when last?
-- Reviews and configuration are no authorship and are left out.
SELECT agent, COUNT(*) AS changes, MIN(merged_at) AS first_merged_at, MAX(merged_at) AS last_merged_at
FROM (SELECT UNNEST(agents) AS agent, merged_at, origin FROM changes) AS by_tool
WHERE agent IS NOT NULL AND origin IN ('agent', 'assisted')
GROUP BY agent
ORDER BY changes DESC, agent
