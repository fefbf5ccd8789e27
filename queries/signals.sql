-- Which signals testified, and on how many commits of the default branch?
SELECT e.signal_id AS signal_id, e.agent AS agent, e.proves AS proves, e.strength AS strength, COUNT(DISTINCT e.commit_id) AS commits
FROM evidence AS e
JOIN commits AS c ON c.repo = e.repo AND c.commit_id = e.commit_id
WHERE c.on_default_branch
GROUP BY e.signal_id, e.agent, e.proves, e.strength
ORDER BY commits DESC, signal_id, agent, proves
