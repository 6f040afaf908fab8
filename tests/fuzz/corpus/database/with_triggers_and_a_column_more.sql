ALTER TABLE trials ADD COLUMN notes TEXT;
CREATE TRIGGER undo AFTER UPDATE ON trials BEGIN UPDATE trials SET status = 'running'; END;
CREATE INDEX labels ON trials (lower(label)) WHERE label > '';
