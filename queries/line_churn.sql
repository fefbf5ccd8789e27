-- Of the lines watched for a whole window, how many were rewritten or deleted within it, by whom, and by what kind of commit?
-- Code and comments of source and test files. A line lands, and ends, with the change that brings the commit; one that
-- ended within the change that brought it never landed. `by_whom` is `any`, the author of the lines or another, and the
-- kind of the commit that ended them. Beside the sums stand sums of squares and products over the commits that wrote
-- the lines: lines of one commit are not independent, and intervals are made from these.
-- `since_first_ai` is 1 for lines that landed after the repository's first change with evidence of AI.
WITH fates AS (
  SELECT repo, COALESCE(copied_by, origin_commit) AS birth, death_commit AS death, SUM(lines) AS lines
  FROM line_fates
  WHERE class IN ('source', 'test') AND line_kind IN ('code', 'comment')
  GROUP BY repo, COALESCE(copied_by, origin_commit), death_commit
),
first_ai AS (
  SELECT repo, MIN(merged_at) AS since FROM changes WHERE origin IN ('agent', 'assisted') GROUP BY repo
),
wrote AS (
  SELECT repo, subject_id, origin FROM attributions WHERE subject_kind = 'commit'
),
births AS (
  SELECT c.repo AS repo, c.commit_id AS commit_id, c.change_id AS landing, c.author AS author, COALESCE(w.origin, 'unknown') AS origin,
    CASE WHEN ch.merged_at >= f.since THEN 1 ELSE 0 END AS since_first_ai, ch.merged_at AS landed_at, ch.observed_days AS watched
  FROM commits AS c
  JOIN changes AS ch ON ch.repo = c.repo AND ch.change_id = c.change_id
  LEFT JOIN first_ai AS f ON f.repo = c.repo
  LEFT JOIN wrote AS w ON w.repo = c.repo AND w.subject_id = c.commit_id
  WHERE ch.observed_days >= 14
),
fixing AS (
  SELECT DISTINCT repo, commit_id AS fix FROM fixes
),
reverting AS (
  SELECT DISTINCT repo, from_id AS undo FROM links WHERE kind = 'reverts' AND from_kind = 'commit'
),
deaths AS (
  SELECT c.repo AS repo, c.commit_id AS commit_id, c.change_id AS ending, c.author AS ended_by, l.committed_at AS ended_at,
    CASE WHEN u.undo IS NOT NULL THEN 'revert' WHEN x.fix IS NOT NULL THEN 'fix' WHEN c.is_merge THEN 'merge' ELSE 'other' END AS kind
  FROM commits AS c
  JOIN commits AS l ON l.repo = c.repo AND l.commit_id = c.change_id
  LEFT JOIN fixing AS x ON x.repo = c.repo AND x.fix = c.commit_id
  LEFT JOIN reverting AS u ON u.repo = c.repo AND u.undo = c.commit_id
),
lived AS (
  SELECT b.repo AS repo, b.commit_id AS commit_id, b.origin AS origin, b.since_first_ai AS since_first_ai, b.watched AS watched,
    b.landed_at AS landed_at, d.ended_at AS ended_at, d.kind AS kind,
    CASE WHEN d.ended_by = b.author THEN 'same_author' ELSE 'other_author' END AS who, t.lines AS lines
  FROM fates AS t
  JOIN births AS b ON b.repo = t.repo AND b.commit_id = t.birth
  LEFT JOIN deaths AS d ON d.repo = t.repo AND d.commit_id = t.death
  WHERE d.ending IS NULL OR d.ending <> b.landing
),
born AS (
  SELECT repo, commit_id, origin, since_first_ai, watched, SUM(lines) AS lines
  FROM lived
  GROUP BY repo, commit_id, origin, since_first_ai, watched
),
soon AS (
  SELECT repo, commit_id, watched, landed_at, ended_at, who, kind, lines FROM lived WHERE ended_at < landed_at + INTERVAL '90 days'
),
told AS (
  SELECT repo, commit_id, watched, landed_at, ended_at, 'any' AS by_whom, lines FROM soon
  UNION ALL
  SELECT repo, commit_id, watched, landed_at, ended_at, who AS by_whom, lines FROM soon
  UNION ALL
  SELECT repo, commit_id, watched, landed_at, ended_at, kind AS by_whom, lines FROM soon
),
ended AS (
  SELECT repo, commit_id, by_whom,
    SUM(CAST(CASE WHEN watched >= 14 AND ended_at < landed_at + INTERVAL '14 days' THEN lines ELSE 0 END AS BIGINT)) AS ended_14,
    SUM(CAST(CASE WHEN watched >= 30 AND ended_at < landed_at + INTERVAL '30 days' THEN lines ELSE 0 END AS BIGINT)) AS ended_30,
    SUM(CAST(CASE WHEN watched >= 90 AND ended_at < landed_at + INTERVAL '90 days' THEN lines ELSE 0 END AS BIGINT)) AS ended_90
  FROM told
  GROUP BY repo, commit_id, by_whom
),
parts AS (
  SELECT b.origin AS origin, b.since_first_ai AS since_first_ai, e.by_whom AS by_whom, b.lines AS lines,
    e.ended_14 AS ended_14, e.ended_30 AS ended_30, e.ended_90 AS ended_90
  FROM ended AS e
  JOIN born AS b ON b.repo = e.repo AND b.commit_id = e.commit_id
),
counted AS (
  SELECT origin, since_first_ai, by_whom,
    SUM(ended_14) AS ended_14, SUM(ended_14 * ended_14) AS ended_squared_14, SUM(ended_14 * lines) AS ended_lines_14,
    SUM(ended_30) AS ended_30, SUM(ended_30 * ended_30) AS ended_squared_30, SUM(ended_30 * lines) AS ended_lines_30,
    SUM(ended_90) AS ended_90, SUM(ended_90 * ended_90) AS ended_squared_90, SUM(ended_90 * lines) AS ended_lines_90
  FROM parts
  GROUP BY origin, since_first_ai, by_whom
),
watched AS (
  SELECT origin, since_first_ai,
    SUM(CAST(CASE WHEN watched >= 14 THEN 1 ELSE 0 END AS BIGINT)) AS commits_14,
    SUM(CAST(CASE WHEN watched >= 14 THEN lines ELSE 0 END AS BIGINT)) AS lines_14,
    SUM(CAST(CASE WHEN watched >= 14 THEN lines * lines ELSE 0 END AS BIGINT)) AS lines_squared_14,
    SUM(CAST(CASE WHEN watched >= 30 THEN 1 ELSE 0 END AS BIGINT)) AS commits_30,
    SUM(CAST(CASE WHEN watched >= 30 THEN lines ELSE 0 END AS BIGINT)) AS lines_30,
    SUM(CAST(CASE WHEN watched >= 30 THEN lines * lines ELSE 0 END AS BIGINT)) AS lines_squared_30,
    SUM(CAST(CASE WHEN watched >= 90 THEN 1 ELSE 0 END AS BIGINT)) AS commits_90,
    SUM(CAST(CASE WHEN watched >= 90 THEN lines ELSE 0 END AS BIGINT)) AS lines_90,
    SUM(CAST(CASE WHEN watched >= 90 THEN lines * lines ELSE 0 END AS BIGINT)) AS lines_squared_90
  FROM born
  GROUP BY origin, since_first_ai
),
asked AS (
  SELECT w.origin AS origin, w.since_first_ai AS since_first_ai, p.by_whom AS by_whom,
    w.commits_14 AS commits_14, w.lines_14 AS lines_14, w.lines_squared_14 AS lines_squared_14,
    w.commits_30 AS commits_30, w.lines_30 AS lines_30, w.lines_squared_30 AS lines_squared_30,
    w.commits_90 AS commits_90, w.lines_90 AS lines_90, w.lines_squared_90 AS lines_squared_90
  FROM watched AS w
  CROSS JOIN (VALUES ('any'), ('same_author'), ('other_author'), ('fix'), ('revert'), ('merge'), ('other')) AS p(by_whom)
)
SELECT a.origin AS origin, a.since_first_ai AS since_first_ai, a.by_whom AS by_whom,
  a.commits_14 AS commits_14, a.lines_14 AS lines_14, COALESCE(c.ended_14, 0) AS ended_14, a.lines_squared_14 AS lines_squared_14,
  COALESCE(c.ended_squared_14, 0) AS ended_squared_14, COALESCE(c.ended_lines_14, 0) AS ended_lines_14,
  a.commits_30 AS commits_30, a.lines_30 AS lines_30, COALESCE(c.ended_30, 0) AS ended_30, a.lines_squared_30 AS lines_squared_30,
  COALESCE(c.ended_squared_30, 0) AS ended_squared_30, COALESCE(c.ended_lines_30, 0) AS ended_lines_30,
  a.commits_90 AS commits_90, a.lines_90 AS lines_90, COALESCE(c.ended_90, 0) AS ended_90, a.lines_squared_90 AS lines_squared_90,
  COALESCE(c.ended_squared_90, 0) AS ended_squared_90, COALESCE(c.ended_lines_90, 0) AS ended_lines_90
FROM asked AS a
LEFT JOIN counted AS c ON c.origin = a.origin AND c.since_first_ai = a.since_first_ai AND c.by_whom = a.by_whom
ORDER BY origin, since_first_ai, by_whom
