-- How many changes carry evidence of who wrote them, month by month, and how many stay unknown?
-- `with_evidence` counts changes whose own commits or pull requests carry any signal, be it only of a review; `decided` those
-- whose origin is known, by their own commits, by those behind a squash merge, or by their pull requests.
WITH signalled AS (
  SELECT repo, change_id, COUNT(*) AS signals FROM evidence WHERE change_id IS NOT NULL GROUP BY repo, change_id
),
marked AS (
  SELECT c.repo AS repo, c.month AS month, c.origin AS origin, CASE WHEN s.signals IS NULL THEN 0 ELSE 1 END AS has_signal
  FROM changes AS c
  LEFT JOIN signalled AS s ON s.repo = c.repo AND s.change_id = c.change_id
)
SELECT repo, month, COUNT(*) AS changes, SUM(CAST(has_signal AS BIGINT)) AS with_evidence,
  SUM(CAST(CASE WHEN origin = 'unknown' THEN 0 ELSE 1 END AS BIGINT)) AS decided,
  SUM(CAST(CASE WHEN origin = 'unknown' THEN 1 ELSE 0 END AS BIGINT)) AS unknown
FROM marked
GROUP BY repo, month
ORDER BY repo, month NULLS LAST
