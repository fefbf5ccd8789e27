-- How much of each kind of GitHub facts is known, and what is missing?
-- `newest_at` is when the newest pull request that is known last changed: what came later is not in the lake.
WITH newest AS (
  SELECT repo, MAX(updated_at) AS newest_at FROM pulls GROUP BY repo
)
SELECT s.repo AS repo, s.stream AS stream, s.known AS known, s.missing AS missing, s.reason AS reason, n.newest_at AS newest_at
FROM sync_streams AS s
LEFT JOIN newest AS n ON n.repo = s.repo
ORDER BY repo, stream
