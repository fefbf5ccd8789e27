-- Which incidents are in the lake, and which changes do they name, in which role?
WITH named AS (
  SELECT repo, to_id AS incident_id, kind AS link, from_id AS commit_id, method, confidence FROM links WHERE to_kind = 'incident'
),
landed AS (
  SELECT n.repo AS repo, n.incident_id AS incident_id, n.link AS link, n.commit_id AS commit_id, n.method AS method, n.confidence AS confidence,
    ch.origin AS origin, ch.subject AS subject, ch.change_id AS change_id, ch.merged_at AS merged_at
  FROM named AS n
  LEFT JOIN commits AS c ON c.repo = n.repo AND c.commit_id = n.commit_id
  LEFT JOIN changes AS ch ON ch.repo = c.repo AND ch.change_id = c.change_id
)
SELECT i.repo AS repo, i.incident_id AS incident_id, i.source AS source, i.title AS title, i.severity AS severity, i.started_at AS started_at,
  i.resolved_at AS resolved_at, l.link AS link, l.commit_id AS commit_id, l.method AS method, l.confidence AS confidence,
  l.origin AS origin, l.subject AS subject, l.change_id AS change_id, l.merged_at AS merged_at
FROM incidents AS i
LEFT JOIN landed AS l ON l.repo = i.repo AND l.incident_id = i.incident_id
ORDER BY started_at DESC NULLS LAST, repo, incident_id, link, commit_id
