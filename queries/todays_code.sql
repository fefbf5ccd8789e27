-- What is today's code made of: lines that are alive, by who wrote them and the year they landed?
-- `lines` are code and comments of source and test files, but for data that tests read, in no language; blank lines and files of other classes stand apart. Nothing is
-- left out by --since or --until. `lines_squared` sums squares over the commits that wrote the lines: lines of one commit are
-- not independent, and intervals are made from it.
WITH alive AS (
  SELECT repo, COALESCE(copied_by, origin_commit) AS birth, line_kind,
    CASE WHEN class = 'test' AND language IS NULL THEN 'data' ELSE class END AS class, SUM(lines) AS lines
  FROM line_fates
  WHERE death_commit IS NULL
  GROUP BY repo, COALESCE(copied_by, origin_commit), line_kind, CASE WHEN class = 'test' AND language IS NULL THEN 'data' ELSE class END
),
by_commit AS (
  SELECT repo, birth,
    SUM(CAST(CASE WHEN class IN ('source', 'test') AND line_kind <> 'blank' THEN lines ELSE 0 END AS BIGINT)) AS lines,
    SUM(CAST(CASE WHEN class = 'source' AND line_kind = 'code' THEN lines ELSE 0 END AS BIGINT)) AS source_code,
    SUM(CAST(CASE WHEN class = 'source' AND line_kind = 'comment' THEN lines ELSE 0 END AS BIGINT)) AS source_comments,
    SUM(CAST(CASE WHEN class = 'test' AND line_kind <> 'blank' THEN lines ELSE 0 END AS BIGINT)) AS tests,
    SUM(CAST(CASE WHEN class IN ('source', 'test') AND line_kind = 'blank' THEN lines ELSE 0 END AS BIGINT)) AS blank,
    SUM(CAST(CASE WHEN class IN ('config', 'infra', 'migration', 'data') THEN lines ELSE 0 END AS BIGINT)) AS config,
    SUM(CAST(CASE WHEN class = 'docs' THEN lines ELSE 0 END AS BIGINT)) AS docs,
    SUM(CAST(CASE WHEN class IN ('lockfile', 'generated', 'vendored') THEN lines ELSE 0 END AS BIGINT)) AS made
  FROM alive
  GROUP BY repo, birth
),
wrote AS (
  SELECT repo, subject_id, origin FROM attributions WHERE subject_kind = 'commit'
),
births AS (
  SELECT c.repo AS repo, c.commit_id AS commit_id, CAST(EXTRACT(YEAR FROM l.committed_at) AS BIGINT) AS landed_year
  FROM commits AS c
  JOIN commits AS l ON l.repo = c.repo AND l.commit_id = c.change_id
),
born AS (
  SELECT COALESCE(w.origin, 'unknown') AS origin, b.landed_year AS landed_year, n.lines AS lines, n.source_code AS source_code,
    n.source_comments AS source_comments, n.tests AS tests, n.blank AS blank, n.config AS config, n.docs AS docs, n.made AS made
  FROM by_commit AS n
  LEFT JOIN births AS b ON b.repo = n.repo AND b.commit_id = n.birth
  LEFT JOIN wrote AS w ON w.repo = n.repo AND w.subject_id = n.birth
)
SELECT origin, landed_year, SUM(CAST(CASE WHEN lines > 0 THEN 1 ELSE 0 END AS BIGINT)) AS commits, SUM(lines) AS lines,
  SUM(lines * lines) AS lines_squared, SUM(source_code) AS source_code, SUM(source_comments) AS source_comments, SUM(tests) AS tests,
  SUM(blank) AS blank, SUM(config) AS config, SUM(docs) AS docs, SUM(made) AS made
FROM born
GROUP BY origin, landed_year
ORDER BY landed_year NULLS LAST, origin
