-- Of the lines that commits added, how many were moved from elsewhere or copied?
-- Lines of source and test files in a language, by who wrote the commit; merges add no lines of their own. Only repositories whose commits
-- were compared line by line count. Beside the sums stand sums of squares and products over the commits: lines of one
-- commit are not independent, and intervals are made from these.
-- `since_first_ai` is 1 for commits that landed after the repository's first change with evidence of AI.
WITH compared AS (
  SELECT DISTINCT repo FROM commit_lines
),
first_ai AS (
  SELECT repo, MIN(merged_at) AS since FROM changes WHERE origin IN ('agent', 'assisted') GROUP BY repo
),
wrote AS (
  SELECT repo, subject_id, origin FROM attributions WHERE subject_kind = 'commit'
),
touched AS (
  SELECT repo, commit_id, path, added FROM commit_files WHERE class IN ('source', 'test') AND language IS NOT NULL
),
written AS (
  SELECT repo, commit_id, SUM(added) AS lines FROM touched GROUP BY repo, commit_id
),
carried AS (
  SELECT repo, commit_id, path,
    SUM(CAST(CASE WHEN relation = 'moved' THEN lines ELSE 0 END AS BIGINT)) AS moved,
    SUM(CAST(CASE WHEN relation = 'copied' THEN lines ELSE 0 END AS BIGINT)) AS copied
  FROM commit_lines
  WHERE relation IN ('moved', 'copied')
  GROUP BY repo, commit_id, path
),
code_carried AS (
  SELECT t.repo AS repo, t.commit_id AS commit_id, k.moved AS moved, k.copied AS copied
  FROM carried AS k
  JOIN touched AS t ON t.repo = k.repo AND t.commit_id = k.commit_id AND t.path = k.path
),
carried_by AS (
  SELECT repo, commit_id, SUM(moved) AS moved, SUM(copied) AS copied FROM code_carried GROUP BY repo, commit_id
),
by_commit AS (
  SELECT COALESCE(w.origin, 'unknown') AS origin, CASE WHEN ch.merged_at >= f.since THEN 1 ELSE 0 END AS since_first_ai,
    n.lines AS lines, COALESCE(k.moved, 0) AS moved, COALESCE(k.copied, 0) AS copied
  FROM written AS n
  JOIN compared AS r ON r.repo = n.repo
  JOIN commits AS c ON c.repo = n.repo AND c.commit_id = n.commit_id
  JOIN changes AS ch ON ch.repo = c.repo AND ch.change_id = c.change_id
  LEFT JOIN first_ai AS f ON f.repo = n.repo
  LEFT JOIN wrote AS w ON w.repo = n.repo AND w.subject_id = n.commit_id
  LEFT JOIN carried_by AS k ON k.repo = n.repo AND k.commit_id = n.commit_id
  WHERE n.lines > 0
)
SELECT origin, since_first_ai, COUNT(*) AS commits, SUM(lines) AS lines, SUM(moved) AS moved, SUM(copied) AS copied,
  SUM(lines * lines) AS lines_squared, SUM(moved * moved) AS moved_squared, SUM(moved * lines) AS moved_lines,
  SUM(copied * copied) AS copied_squared, SUM(copied * lines) AS copied_lines
FROM by_commit
GROUP BY origin, since_first_ai
ORDER BY origin, since_first_ai
