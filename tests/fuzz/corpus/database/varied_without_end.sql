UPDATE sweeps SET varied = (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT json_group_array('p' || i) FROM n);
