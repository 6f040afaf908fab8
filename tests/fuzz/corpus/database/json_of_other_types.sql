UPDATE sweeps SET environment = '[{"threads_per_trial": "two"}]', varied = '[1, null, {"a": []}]';
UPDATE trials SET config = '7';
