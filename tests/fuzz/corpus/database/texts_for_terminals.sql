UPDATE sweeps SET name = 'a' || char(27) || '[31m', metric = char(27) || ']0;', started_at = char(27) || '[2J', goal = 'minimize';
UPDATE trials SET label = char(0x9b, 0x85, 0) || trial_id, error = char(7, 10) || 'second line', flags = char(27) || ',sees_future';
UPDATE trials SET started_at = '2026-11-23T06:42:2é';
UPDATE trial_facts SET value = 'ééééééééé' WHERE name = 'corpus_hash';
UPDATE attempts SET host = char(27), outcome = char(27), stderr_tail = char(27), started_at = char(27);
INSERT INTO metrics VALUES (1, 1, char(27) || 'loss', 1);
INSERT INTO trial_params VALUES (1, char(27), char(27));
INSERT INTO samples VALUES (1, 3, char(27), char(27));
