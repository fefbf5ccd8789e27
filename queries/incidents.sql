-- Which incidents are in the lake, and which changes do they name, in which role?
SELECT i.repo AS repo, i.incident_id AS incident_id, i.source AS source, i.title AS title, i.severity AS severity, i.started_at AS started_at,
  i.resolved_at AS resolved_at, l.kind AS link, l.from_id AS commit_id, l.method AS method, l.confidence AS confidence,
  ch.origin AS origin, ch.subject AS subject, ch.change_id AS change_id, ch.merged_at AS merged_at
FROM incidents AS i
LEFT JOIN links AS l ON l.repo = i.repo AND l.to_id = i.incident_id AND l.to_kind = 'incident'
LEFT JOIN commits AS c ON c.repo = l.repo AND c.commit_id = l.from_id
LEFT JOIN changes AS ch ON ch.repo = c.repo AND ch.change_id = c.change_id
ORDER BY started_at DESC NULLS LAST, repo, incident_id, link, commit_id
