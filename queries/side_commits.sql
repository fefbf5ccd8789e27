-- Which commits are merges, or stand beside the default branch?
-- Nothing is inferred of what these mend.
SELECT repo, commit_id
FROM commits
WHERE is_merge OR NOT on_default_branch
ORDER BY repo, commit_id
