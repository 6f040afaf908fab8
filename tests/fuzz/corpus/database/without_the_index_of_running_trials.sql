DROP INDEX trials_running;
