-- By which rule did changes get their origin?
SELECT origin, reason, COUNT(*) AS changes
FROM attributions
WHERE subject_kind = 'change'
GROUP BY origin, reason
ORDER BY changes DESC, origin, reason
