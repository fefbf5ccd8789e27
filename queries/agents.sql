-- Which AI tools left evidence, on how many changes, and when last?
-- Reviews and configuration are no authorship and are left out.
WITH testified AS (
  SELECT repo, change_id, agent, MIN(text) AS text
  FROM evidence
  WHERE agent IS NOT NULL AND change_id IS NOT NULL AND proves IN ('authored', 'co-authored', 'assisted', 'autocompleted', 'suggestion-applied')
  GROUP BY repo, change_id, agent
)
SELECT t.agent AS agent, COUNT(*) AS changes, MIN(ch.merged_at) AS first_merged_at, MAX(ch.merged_at) AS last_merged_at
FROM testified AS t
JOIN changes AS ch ON ch.repo = t.repo AND ch.change_id = t.change_id
WHERE ch.origin IN ('agent', 'assisted')
GROUP BY t.agent
ORDER BY changes DESC, agent
