"""Plugins that do their worst to their process, beside healthy trials."""
from . import results
from .experiments import twelve_trials, write
from .programs import Workplace, require

# What becomes of a trial with that manner (hostile/hostile.cpp): its status, and a word of the reason in the database.
COMPLETES, ENDS = ("completed",), ("completed", "failed")
MANNERS = {
    "throw": (("failed",), "thrown on purpose"),
    "abort": (("failed",), "SIGABRT"),
    "segfault": (("failed",), "SIGSEGV"),
    "exit": (("failed",), "exit(0)"),
    "loop": (("failed",), "run.hang_timeout"),
    "silence": (("failed",), "run.hang_timeout"),
    "ignore_signals": (("failed",), "run.hang_timeout"),
    "own_group": (("failed",), "run.hang_timeout"),
    "allocate": (("failed",), "run.memory"),
    "close_all": (("failed",), ""),
    "print": (COMPLETES, ""),
    "outlive": (COMPLETES, ""),
    "daemon": (COMPLETES, ""),
    "daemon_throw": (("failed",), "thrown on purpose"),
    "daemon_silence": (("failed",), "run.hang_timeout"),
    "settings": (COMPLETES, ""),
    "surroundings": (COMPLETES, ""),
    "write_garbage": (ENDS, ""),  # on its own event pipe, too: what it destroys there is its own
    "forge": (ENDS, ""),
}
LIMITS = {"timeout": "=10m", "hang_timeout": "=30s", "memory": "=512MiB", "max_restarts": 0, "max_failures": 0,
          "max_concurrent_trials": 4}


def healthy(index):
    return {"label": f"healthy {index}", "model": {"plugin": "gru", "hidden_size": 8 + index}}


def hostile(manner):
    return {"label": manner, "model": {"plugin": "hostile", "manner": manner}}


def experiment(arms):
    content = twelve_trials(2, arms, (1,))
    return {**content, "run": LIMITS}


def sweep(programs, folder, arms):
    place = Workplace(programs, folder)
    return place, place.sweep(write(place.folder, experiment(arms)))


def require_reason(manner, status, error):
    statuses, word = MANNERS[manner]
    require(status in statuses, f"{manner}: {status} ({error}), expected {' or '.join(statuses)}")
    require((status == "failed") == bool(error), f"{manner}: {status} with the reason {error!r}")
    require(status == "completed" or word in error, f"{manner}: the reason does not say {word!r}: {error}")


def require_reasons(place, manners):
    for label, status, error in results.rows(place.database, "SELECT label, status, error FROM trials"):
        if label in manners:
            require_reason(label, status, error)


def beside_healthy(programs, folder, manners, expected, say):
    """One sweep in which every hostile trial has a healthy one before and after it."""
    arms = [arm for index, manner in enumerate(manners) for arm in (hostile(manner), healthy(index))]
    place, ended = sweep(programs, folder, arms)
    require(ended.code in (0, 1), f"{', '.join(manners)}: {ended}")
    results.require_sound(place.database)
    require_reasons(place, manners)
    found = results.trials(place.database)
    mine = {trial: parts for trial, parts in found.items() if trial[0].startswith("healthy")}
    results.require_equal({trial: expected[trial] for trial in mine}, mine)
    say(f"{', '.join(manners)}: {len(mine)} healthy trials as alone")


def run(programs, folder, options, say):
    """The short form has all manners in one sweep; the long one has, besides, a sweep of each."""
    place, ended = sweep(programs, folder / "healthy", [healthy(index) for index in range(len(MANNERS))])
    require(ended.code == 0, f"the sweep of healthy trials fails: {ended}")
    expected = results.trials(place.database)
    beside_healthy(programs, folder / "all", list(MANNERS), expected, say)
    for manner in [] if options.share else MANNERS:
        beside_healthy(programs, folder / manner, [manner], expected, say)
    return f"{len(MANNERS)} hostile plugins, healthy trials beside them as alone"
