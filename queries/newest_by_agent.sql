-- The newest changes with evidence of every AI tool, and the words that testified.
WITH named AS (
  SELECT UNNEST(agents) AS agent, repo, change_id, origin, origin_reason, merged_at, subject
  FROM changes
),
testified AS (
  SELECT repo, change_id, agent, MIN(text) AS text
  FROM evidence
  WHERE agent IS NOT NULL AND change_id IS NOT NULL AND proves IN ('authored', 'co-authored', 'assisted', 'autocompleted', 'suggestion-applied')
  GROUP BY repo, change_id, agent
),
ranked AS (
  SELECT n.agent AS agent, n.repo AS repo, n.change_id AS change_id, n.merged_at AS merged_at, n.subject AS subject, COALESCE(t.text, n.origin_reason) AS text,
    ROW_NUMBER() OVER (PARTITION BY n.agent ORDER BY n.merged_at DESC, n.repo DESC, n.change_id DESC) AS newest
  FROM named AS n
  LEFT JOIN testified AS t ON t.repo = n.repo AND t.change_id = n.change_id AND t.agent = n.agent
  WHERE n.agent IS NOT NULL AND n.origin IN ('agent', 'assisted')
)
SELECT agent, repo, change_id, merged_at, subject, text
FROM ranked
WHERE newest <= 20
ORDER BY agent, merged_at DESC NULLS LAST, repo, change_id
