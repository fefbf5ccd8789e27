-- How many changes landed, by who wrote them?
SELECT repo, origin, COUNT(*) AS changes, SUM(size) AS lines, MIN(merged_at) AS first_merged_at, MAX(merged_at) AS last_merged_at
FROM changes
GROUP BY repo, origin
ORDER BY repo, origin
