-- Which signals testified, and on how many commits of the default branch?
WITH testified AS (
  SELECT repo, commit_id, signal_id, agent, proves, strength
  FROM evidence
  WHERE change_id IS NOT NULL
  GROUP BY repo, commit_id, signal_id, agent, proves, strength
)
SELECT signal_id, agent, proves, strength, COUNT(*) AS commits
FROM testified
GROUP BY signal_id, agent, proves, strength
ORDER BY commits DESC, signal_id, agent, proves, strength
