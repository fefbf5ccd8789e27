-- What could not be read, and why?
SELECT repo, what, reason, COUNT(*) AS things, MIN("where") AS example
FROM skipped
GROUP BY repo, what, reason
ORDER BY things DESC, repo, what, reason
