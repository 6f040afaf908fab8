WITH RECURSIVE n(i, t) AS (SELECT 1, '[' UNION ALL SELECT i + 1, t || '[' FROM n WHERE i < 5000) UPDATE trials SET config = (SELECT max(t) FROM n);
UPDATE sweeps SET environment = (SELECT config FROM trials LIMIT 1), varied = (SELECT config FROM trials LIMIT 1);
