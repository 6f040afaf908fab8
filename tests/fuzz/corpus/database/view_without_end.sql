DROP VIEW trial_summary;
CREATE VIEW trial_summary AS WITH RECURSIVE n(trial_id) AS (SELECT 1 UNION ALL SELECT trial_id + 1 FROM n) SELECT trial_id, 1 AS sweep_id FROM n;
