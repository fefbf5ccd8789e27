-- Which AI tools left evidence, on how many changes, and when last?
-- Reviews and configuration are no authorship and are left out.
SELECT e.agent AS agent, COUNT(DISTINCT c.change_id) AS changes, MIN(ch.merged_at) AS first_merged_at, MAX(ch.merged_at) AS last_merged_at
FROM evidence AS e
JOIN commits AS c ON c.repo = e.repo AND c.commit_id = e.commit_id
JOIN changes AS ch ON ch.repo = c.repo AND ch.change_id = c.change_id
WHERE e.agent IS NOT NULL AND e.proves IN ('authored', 'co-authored', 'assisted', 'suggestion-applied') AND ch.origin IN ('agent', 'assisted')
GROUP BY e.agent
ORDER BY changes DESC, agent
