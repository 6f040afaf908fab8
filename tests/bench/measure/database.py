"""Verbs that read, on a database of 10,000 trials and 1.6 million metric rows."""
from .figures import Figure, at_most
from .programs import clean_environment, run

TRIALS, EPOCHS = 10_000, 40  # four metrics an epoch
VERBS = ["list", "show", "best"]


def measure(programs, options):
    database = programs.new_database()
    trials = TRIALS // 10 if options.quick else TRIALS
    run([programs.tools / "bench_many_trials", database, trials, EPOCHS], clean_environment())
    rows = programs.query(database, "SELECT count(*) AS rows FROM metrics")[0]["rows"]
    for verb in VERBS:
        times = [programs.run_runner(verb, "--db", database)[1] * 1e3 for _ in range(12)]
        times = times[1:]  # the first reads from the disk
        name = f"runner {verb}, {trials} trials, {rows / 1e6:g} million metric rows"
        yield Figure(name, times, at_most(100), unit="ms")
