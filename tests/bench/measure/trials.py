"""Trials beside each other, and ten thousand trials that compute nothing."""
import statistics
from datetime import datetime

from .figures import Figure, at_least, at_most
from .steps import ADAM, ratios, rounds_of

WINDOW = 200  # trials at either end, which stand for the hundredth and for the last


def start_times(programs, database):
    rows = programs.query(database, "SELECT started_at FROM attempts ORDER BY started_at, trial_id")
    return [datetime.fromisoformat(row["started_at"]).timestamp() for row in rows]


def trials_an_hour(programs, options, jobs):
    """From the start of the first of four trials to the end of the last."""
    model, epochs = {"plugin": options.fused["gru"]}, 4 if options.quick else 40
    database, _ = programs.sweep(programs.experiment(model, ADAM, epochs, seeds=range(1, 5), jobs=jobs))
    sql = "SELECT (julianday(max(ended_at)) - julianday(min(started_at))) * 24 AS hours FROM attempts"
    return 4 / programs.query(database, sql)[0]["hours"]


def side_by_side(programs, options):
    two, one = rounds_of(options, [lambda: trials_an_hour(programs, options, 2), lambda: trials_an_hour(programs, options, 1)])
    return Figure(f"{options.fused['gru']}: two trials at once over one, trials an hour", ratios(two, one), at_least(1.9),
                  threads="2 × 1, 1", ours=two, of_unit="an hour")


def idle_figures(programs, options):
    trials = 1000 if options.quick else 10_000
    experiment = programs.write_experiment({
        "name": "idle", "data": {"plugin": "two_tokens"}, "model": {"plugin": "idle"},
        "train": {"epochs": 1, "optimizer": {"name": "sgd", "lr": 1}, "device": "cpu"},
        "run": {"max_concurrent_trials": 1}, "sweep": {"seeds": list(range(1, trials + 1))}})
    database, seconds = programs.sweep(experiment, "--plugin-path", programs.tools / "plugins")
    starts = start_times(programs, database)
    gaps = [later - earlier for earlier, later in zip(starts, starts[1:])]
    early, late = statistics.mean(gaps[:WINDOW]), statistics.mean(gaps[-WINDOW:])
    yield Figure(f"{trials} trials of an idle model: cost of one", [seconds / trials * 1e3], at_most(30), unit="ms")
    yield Figure(f"the last {WINDOW} of them over the first {WINDOW}", [late / early], at_most(1.1), ours=[late * 1e3])


def measure(programs, options):
    yield side_by_side(programs, options)
    yield from idle_figures(programs, options)
