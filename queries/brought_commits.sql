-- Which commits did a merge bring, and which merge?
-- Who names the merge may mean any of them.
SELECT brought.repo, brought.commit_id, brought.change_id
FROM commits AS brought
JOIN commits AS landing ON landing.repo = brought.repo AND landing.commit_id = brought.change_id
WHERE landing.is_merge AND NOT brought.is_merge
ORDER BY brought.repo, brought.commit_id
