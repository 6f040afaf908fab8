PRAGMA foreign_keys = OFF;
DELETE FROM sweeps;
INSERT INTO metrics VALUES (99, 1, 'loss', 1), (-9223372036854775808, 1, 'loss', 1);
