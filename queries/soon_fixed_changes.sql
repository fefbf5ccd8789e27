-- Which changes had a fix linked to them within 30 days, which one first, and how is it linked?
WITH linked AS (
  SELECT repo, change_id, origin, merged_at, subject, first_fix_days AS days, observed_days, first_fix_by AS by_commit, 'same_lines' AS reason
  FROM changes
  WHERE first_fix_by IS NOT NULL
  UNION ALL
  SELECT repo, change_id, origin, merged_at, subject, bug_days AS days, observed_days, bug_by AS by_commit, 'bug_inducing' AS reason
  FROM changes
  WHERE bug_by IS NOT NULL
)
SELECT repo, change_id, origin, merged_at, subject, days, observed_days, by_commit, reason
FROM linked
WHERE days < 30
ORDER BY merged_at DESC NULLS LAST, repo, change_id, reason
