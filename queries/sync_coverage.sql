-- How much of each kind of GitHub facts is known, and what is missing?
SELECT repo, stream, known, missing, reason
FROM sync_streams
ORDER BY repo, stream
