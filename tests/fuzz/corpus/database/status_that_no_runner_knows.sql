PRAGMA ignore_check_constraints = ON;
UPDATE trials SET status = 'done' || char(27) WHERE trial_id > 4;
UPDATE sweeps SET status = x'ff', goal = 'enlarge';
