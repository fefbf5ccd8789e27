-- Which commits came with another one, a merge or the last of a rebase?
-- Who names that one names all of them.
SELECT repo, commit_id, change_id
FROM commits
WHERE change_id <> commit_id
ORDER BY repo, commit_id
