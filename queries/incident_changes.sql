-- Which changes are named as the cause of an incident?
SELECT repo, change_id, origin, merged_at, subject, incident_days AS days, observed_days, incident_by AS by_commit
FROM changes
WHERE incident_by IS NOT NULL
ORDER BY merged_at DESC NULLS LAST, repo, change_id
