-- Which signals testified, and on how many commits of the default branch?
-- `pulls` counts the pull requests that landed on it and say so themselves.
WITH testified AS (
  SELECT repo, commit_id, CASE WHEN commit_id IS NULL THEN pull ELSE NULL END AS own_pull, signal_id, agent, proves, strength
  FROM evidence
  WHERE change_id IS NOT NULL
  GROUP BY repo, commit_id, CASE WHEN commit_id IS NULL THEN pull ELSE NULL END, signal_id, agent, proves, strength
)
SELECT signal_id, agent, proves, strength, SUM(CAST(CASE WHEN own_pull IS NULL THEN 1 ELSE 0 END AS BIGINT)) AS commits,
  SUM(CAST(CASE WHEN own_pull IS NULL THEN 0 ELSE 1 END AS BIGINT)) AS pulls
FROM testified
GROUP BY signal_id, agent, proves, strength
ORDER BY commits DESC, pulls DESC, signal_id, agent, proves, strength
