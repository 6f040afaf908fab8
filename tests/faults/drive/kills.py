"""One sweep whose runner, worker hosts and trials are killed again and again."""
import random

from . import results
from .experiments import twelve_trials, with_checkpoints, write
from .programs import Workplace, require

# Where a process is killed, and how far along it may be: at most so many such calls after the last kill.
REACH = {
    "runner": {"results.db": 30, "results.files": 40, "pipe:": 4},
    "host": {"pipe:": 30},
    "trial": {"results.files": 60, "pipe:": 20},
}
MOST_HOSTS = 3  # in one run: a trial that loses more hosts than that is given up
# With what exit code a run may end that is to be repeated, and a part of what it says then: the runner was killed; a trial
# lost too many hosts, or a host or a job died while the sweep was prepared.
AGAIN = {
    -9: [""],
    3: ["worker host was killed by SIGKILL", "the worker that checked", "the worker that opened", "cannot start"],
}


def draw_victims(dice):
    """Instructions for one run. They end with the runner, and with that the run."""
    hosts, victims = 0, []
    while True:
        role = dice.choice(list(REACH))
        hosts += role == "host"
        if role == "host" and hosts > MOST_HOSTS:
            continue
        where = dice.choice(list(REACH[role]))
        call = round(REACH[role][where] ** dice.random())  # as often below 8 as above
        victims.append(f"{role} {dice.choice(['kill', 'tear'])} {call} {where}")
        if role == "runner":
            return victims


def kill_once(place, experiment, victims, say):
    """One run. Returns how many of the victims died."""
    ended = place.sweep(experiment, faults=victims)
    say(f"{'; '.join(victims)}: {ended.obeyed} killed, exit code {ended.code}")
    may_be = ended.code == 0 or any(part in ended.errors for part in AGAIN.get(ended.code, []))
    require(may_be, f"unexpected {ended}")
    if place.database.exists():
        results.require_sound(place.database)
        results.require_nothing_failed(place.database)
    return ended.obeyed


def kill_often(place, experiment, dice, kills, say):
    """Runs the sweep until so many processes of it died. Returns how many did: fewer, when it was completed before."""
    died = 0
    while died < kills:
        killed = kill_once(place, experiment, draw_victims(dice)[:kills - died], say)
        died += killed
        if killed == 0 and place.sweep(experiment).code == 0:
            break
    return died


def run(programs, folder, options, say):
    dice = random.Random(options.seed)
    content = with_checkpoints(twelve_trials(epochs=6 if options.share else 80))
    undisturbed, place = Workplace(programs, folder / "undisturbed"), Workplace(programs, folder / "killed")
    ended = undisturbed.sweep(write(undisturbed.folder, content))
    require(ended.code == 0, f"the undisturbed sweep fails: {ended}")
    experiment = write(place.folder, content)
    kills = options.kills or (15 if options.share else 200)
    died = kill_often(place, experiment, dice, kills, say)
    ended = place.sweep(experiment)
    require(ended.code == 0, f"the sweep does not end well: {ended}")
    results.require_sound(place.database)
    results.require_each_completed_once(place.database)
    results.require_equal(results.trials(undisturbed.database), results.trials(place.database))
    require(results.digests(undisturbed.files) == results.digests(place.files), "weights files differ")
    results.require_tidy(place.files)
    require(died == kills, f"the sweep was completed after {died} of {kills} kills: it is too short")
    return f"{died} processes killed in one sweep, results as undisturbed"
