-- Which repositories are in the lake, and how far does their history reach?
WITH counted AS (
  SELECT repo, COUNT(*) AS changes, MIN(merged_at) AS first_merged_at, MAX(merged_at) AS last_merged_at,
    SUM(CAST(CASE WHEN origin IN ('agent', 'assisted') THEN 1 ELSE 0 END AS BIGINT)) AS ai_changes, SUM(commits) AS landed_commits,
    SUM(CAST(CASE WHEN commits > 20 THEN 1 ELSE 0 END AS BIGINT)) AS large_changes,
    SUM(CAST(CASE WHEN commits > 20 THEN commits ELSE 0 END AS BIGINT)) AS large_commits
  FROM changes GROUP BY repo
),
squashed AS (
  SELECT repo, change_id, COUNT(DISTINCT LEFT(REVERSE(subject), STRPOS(REVERSE(subject), '#('))) AS pulls FROM commits
  WHERE on_default_branch AND NOT is_merge AND commit_id <> change_id AND subject ~ ' \(#[0-9]+\)$'
  GROUP BY repo, change_id
),
bundled AS (
  SELECT repo, COUNT(*) AS bundles, SUM(pulls) AS bundled_pulls FROM squashed WHERE pulls > 1 GROUP BY repo
),
read AS (
  SELECT repo, COUNT(*) AS commits FROM commits WHERE on_default_branch GROUP BY repo
)
SELECT r.repo AS repo, r.url AS url, r.default_branch AS default_branch, r.head_commit AS head_commit, r.is_shallow AS is_shallow,
  r.is_partial AS is_partial, r.is_truncated AS is_truncated, r.pull_heads AS pull_heads, read.commits AS commits, counted.changes AS changes, counted.ai_changes AS ai_changes,
  counted.first_merged_at AS first_merged_at, counted.last_merged_at AS last_merged_at,
  counted.landed_commits AS landed_commits, counted.large_changes AS large_changes, counted.large_commits AS large_commits,
  bundled.bundles AS bundles, bundled.bundled_pulls AS bundled_pulls
FROM repos AS r
LEFT JOIN read ON read.repo = r.repo
LEFT JOIN counted ON counted.repo = r.repo
LEFT JOIN bundled ON bundled.repo = r.repo
ORDER BY repo
