PRAGMA foreign_keys = OFF;
ALTER TABLE metrics RENAME TO others;
CREATE VIEW metrics AS WITH RECURSIVE n(epoch) AS (SELECT 1 UNION ALL SELECT epoch + 1 FROM n) SELECT 1 AS trial_id, epoch, 'loss' AS name, 1 AS value FROM n;
