-- Of the lines watched for a whole window, how many were rewritten or deleted within it, by whom, and by what kind of commit?
-- Code and comments of source and test files; what tests only read, in no language, is data. A line lands, and ends, with the change that brings the commit; one that
-- ended within the change that brought it never landed. `by_whom` is `any`, the author of the lines or another, and the
-- kind of the commit that ended them. Beside the sums stand sums of squares and products over the commits that wrote
-- the lines: lines of one commit are not independent, and intervals are made from these.
-- `since_first_ai` is 1 for lines that landed after the repository's first change with evidence of AI.
WITH fates AS (
  SELECT repo, COALESCE(copied_by, origin_commit) AS birth, death_commit AS death, SUM(lines) AS lines
  FROM line_fates
  WHERE class IN ('source', 'test') AND language IS NOT NULL AND line_kind IN ('code', 'comment')
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
by_commit AS (
  SELECT repo, commit_id, origin, since_first_ai, watched, SUM(lines) AS lines,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '14 days' THEN lines ELSE 0 END AS BIGINT)) AS any_14,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '14 days' AND who = 'same_author' THEN lines ELSE 0 END AS BIGINT)) AS same_14,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '14 days' AND kind = 'fix' THEN lines ELSE 0 END AS BIGINT)) AS fix_14,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '14 days' AND kind = 'revert' THEN lines ELSE 0 END AS BIGINT)) AS revert_14,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '14 days' AND kind = 'merge' THEN lines ELSE 0 END AS BIGINT)) AS merge_14,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '30 days' THEN lines ELSE 0 END AS BIGINT)) AS any_30,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '30 days' AND who = 'same_author' THEN lines ELSE 0 END AS BIGINT)) AS same_30,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '30 days' AND kind = 'fix' THEN lines ELSE 0 END AS BIGINT)) AS fix_30,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '30 days' AND kind = 'revert' THEN lines ELSE 0 END AS BIGINT)) AS revert_30,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '30 days' AND kind = 'merge' THEN lines ELSE 0 END AS BIGINT)) AS merge_30,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '90 days' THEN lines ELSE 0 END AS BIGINT)) AS any_90,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '90 days' AND who = 'same_author' THEN lines ELSE 0 END AS BIGINT)) AS same_90,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '90 days' AND kind = 'fix' THEN lines ELSE 0 END AS BIGINT)) AS fix_90,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '90 days' AND kind = 'revert' THEN lines ELSE 0 END AS BIGINT)) AS revert_90,
    SUM(CAST(CASE WHEN ended_at < landed_at + INTERVAL '90 days' AND kind = 'merge' THEN lines ELSE 0 END AS BIGINT)) AS merge_90
  FROM lived
  GROUP BY repo, commit_id, origin, since_first_ai, watched
),
told AS (
  SELECT b.origin AS origin, b.since_first_ai AS since_first_ai, p.by_whom AS by_whom, b.watched AS watched, b.lines AS lines,
    CASE p.by_whom WHEN 'any' THEN b.any_14 WHEN 'same_author' THEN b.same_14 WHEN 'other_author' THEN b.any_14 - b.same_14 WHEN 'fix' THEN b.fix_14
      WHEN 'revert' THEN b.revert_14 WHEN 'merge' THEN b.merge_14 ELSE b.any_14 - b.fix_14 - b.revert_14 - b.merge_14 END AS ended_14,
    CASE p.by_whom WHEN 'any' THEN b.any_30 WHEN 'same_author' THEN b.same_30 WHEN 'other_author' THEN b.any_30 - b.same_30 WHEN 'fix' THEN b.fix_30
      WHEN 'revert' THEN b.revert_30 WHEN 'merge' THEN b.merge_30 ELSE b.any_30 - b.fix_30 - b.revert_30 - b.merge_30 END AS ended_30,
    CASE p.by_whom WHEN 'any' THEN b.any_90 WHEN 'same_author' THEN b.same_90 WHEN 'other_author' THEN b.any_90 - b.same_90 WHEN 'fix' THEN b.fix_90
      WHEN 'revert' THEN b.revert_90 WHEN 'merge' THEN b.merge_90 ELSE b.any_90 - b.fix_90 - b.revert_90 - b.merge_90 END AS ended_90
  FROM by_commit AS b
  CROSS JOIN (VALUES ('any'), ('same_author'), ('other_author'), ('fix'), ('revert'), ('merge'), ('other')) AS p(by_whom)
)
SELECT origin, since_first_ai, by_whom,
  SUM(CAST(CASE WHEN watched >= 14 THEN 1 ELSE 0 END AS BIGINT)) AS commits_14,
  SUM(CAST(CASE WHEN watched >= 14 THEN lines ELSE 0 END AS BIGINT)) AS lines_14, SUM(CAST(CASE WHEN watched >= 14 THEN ended_14 ELSE 0 END AS BIGINT)) AS ended_14,
  SUM(CAST(CASE WHEN watched >= 14 THEN lines * lines ELSE 0 END AS BIGINT)) AS lines_squared_14, SUM(CAST(CASE WHEN watched >= 14 THEN ended_14 * ended_14 ELSE 0 END AS BIGINT)) AS ended_squared_14,
  SUM(CAST(CASE WHEN watched >= 14 THEN ended_14 * lines ELSE 0 END AS BIGINT)) AS ended_lines_14,
  SUM(CAST(CASE WHEN watched >= 30 THEN 1 ELSE 0 END AS BIGINT)) AS commits_30,
  SUM(CAST(CASE WHEN watched >= 30 THEN lines ELSE 0 END AS BIGINT)) AS lines_30, SUM(CAST(CASE WHEN watched >= 30 THEN ended_30 ELSE 0 END AS BIGINT)) AS ended_30,
  SUM(CAST(CASE WHEN watched >= 30 THEN lines * lines ELSE 0 END AS BIGINT)) AS lines_squared_30, SUM(CAST(CASE WHEN watched >= 30 THEN ended_30 * ended_30 ELSE 0 END AS BIGINT)) AS ended_squared_30,
  SUM(CAST(CASE WHEN watched >= 30 THEN ended_30 * lines ELSE 0 END AS BIGINT)) AS ended_lines_30,
  SUM(CAST(CASE WHEN watched >= 90 THEN 1 ELSE 0 END AS BIGINT)) AS commits_90,
  SUM(CAST(CASE WHEN watched >= 90 THEN lines ELSE 0 END AS BIGINT)) AS lines_90, SUM(CAST(CASE WHEN watched >= 90 THEN ended_90 ELSE 0 END AS BIGINT)) AS ended_90,
  SUM(CAST(CASE WHEN watched >= 90 THEN lines * lines ELSE 0 END AS BIGINT)) AS lines_squared_90, SUM(CAST(CASE WHEN watched >= 90 THEN ended_90 * ended_90 ELSE 0 END AS BIGINT)) AS ended_squared_90,
  SUM(CAST(CASE WHEN watched >= 90 THEN ended_90 * lines ELSE 0 END AS BIGINT)) AS ended_lines_90
FROM told
GROUP BY origin, since_first_ai, by_whom
ORDER BY origin, since_first_ai, by_whom
