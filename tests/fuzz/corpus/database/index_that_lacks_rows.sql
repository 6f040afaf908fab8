PRAGMA writable_schema = ON;
UPDATE sqlite_master SET sql = replace(sql, 'best_metric)', 'best_metric) WHERE label = ''x''') WHERE name = 'trials_by_status';
