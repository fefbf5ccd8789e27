-- Which changes are named as the cause of an incident?
SELECT ch.repo AS repo, ch.change_id AS change_id, ch.origin AS origin, ch.merged_at AS merged_at, ch.subject AS subject,
  ch.incident_days AS days, ch.observed_days AS observed_days, MIN(l.to_id) AS by_commit
FROM changes AS ch
JOIN commits AS c ON c.repo = ch.repo AND c.change_id = ch.change_id
JOIN links AS l ON l.repo = c.repo AND l.from_id = c.commit_id
WHERE l.kind = 'caused_incident' AND ch.incident_at IS NOT NULL
GROUP BY ch.repo, ch.change_id, ch.origin, ch.merged_at, ch.subject, ch.incident_days, ch.observed_days
ORDER BY merged_at DESC NULLS LAST, repo, change_id
