-- The newest changes with evidence of every AI tool, and the words that testified.
WITH testified AS (
  SELECT repo, change_id, agent, MIN(text) AS text
  FROM evidence
  WHERE agent IS NOT NULL AND change_id IS NOT NULL AND proves IN ('authored', 'co-authored', 'assisted', 'suggestion-applied')
  GROUP BY repo, change_id, agent
),
ranked AS (
  SELECT t.agent AS agent, t.text AS text, ch.repo AS repo, ch.change_id AS change_id, ch.merged_at AS merged_at, ch.subject AS subject,
    ROW_NUMBER() OVER (PARTITION BY t.agent ORDER BY ch.merged_at DESC, ch.repo DESC, ch.change_id DESC) AS newest
  FROM testified AS t
  JOIN changes AS ch ON ch.repo = t.repo AND ch.change_id = t.change_id
  WHERE ch.origin IN ('agent', 'assisted')
)
SELECT agent, repo, change_id, merged_at, subject, text
FROM ranked
WHERE newest <= 20
ORDER BY agent, merged_at DESC NULLS LAST, repo, change_id
