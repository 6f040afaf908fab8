UPDATE metrics SET value = (trial_id % 2 * 2 - 1) * 1.7e308;
UPDATE trials SET seconds = 1e300, tokens_per_second = -1e300, best_metric = 9e999, final_perplexity = -9e999;
UPDATE trial_facts SET value = 1e300 WHERE name IN ('parameters', 'causal_perplexity');
UPDATE sweeps SET metric = 'loss', environment = '{"threads_per_trial": 1e300}', started_at = '0000-01-01', ended_at = '9999-12-31';
