DROP VIEW trial_summary;
