-- How many changes landed each month, by who wrote them?
SELECT month, origin, COUNT(*) AS changes
FROM changes
WHERE month IS NOT NULL
GROUP BY month, origin
ORDER BY month, origin
