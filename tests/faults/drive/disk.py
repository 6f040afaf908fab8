"""Disks that are full or broken, for a while."""
import random

from . import results
from .experiments import ARMS, twelve_trials, with_checkpoints, write
from .programs import Workplace, require

ERRORS = ["ENOSPC", "EIO"]
ENVIRONMENT = 3  # exit code
# Who writes what, up to which of its calls the disk is sound, and how the run may end besides well: a database and weights
# are needed, a checkpoint or a log is not.
CASES = {
    ("runner", "results.db"): (100, ENVIRONMENT),
    ("trial", "weights.safetensors"): (25, ENVIRONMENT),
    ("trial", "checkpoints"): (300, 0),
    ("runner", "log.txt"): (40, 0),
}


def draw_fault(dice, role, where):
    """An error and a call number; small ones are as likely as large ones."""
    sound, _ = CASES[role, where]
    return dice.choice(ERRORS), round(sound ** dice.random())


def require_explained(ended, where):
    require(where in ended.errors, f"the message does not name {where}: {ended}")


def require_as_undisturbed(code, expected, found):
    """Completed trials have what they have in the undisturbed sweep; with exit code 0 every trial is completed."""
    if code != 0:
        found = {trial: parts for trial, parts in found.items() if "completed" in status_of(parts)}
        expected = {trial: expected[trial] for trial in found}
    results.require_equal(expected, found)


def require_readable(place, code, expected):
    found = {}
    if place.database.exists():
        results.require_sound(place.database)
        if results.rows(place.database, "SELECT 1 FROM sqlite_master WHERE name = 'trials'"):
            results.require_nothing_failed(place.database)
            found = results.trials(place.database)
            require(place.run("list", "--db", place.database.name).code == 0, "`runner list` fails on what was left")
    require_as_undisturbed(code, expected, found)


def status_of(parts):
    return {row[0] for row in parts["trial"]}


def one_fault(place, content, fault, may_end, expected):
    """Returns the exit code under the fault; none when no call came to meet it."""
    experiment, disk = write(place.folder, content), place.folder / "the disk is broken"
    disk.touch()
    ended = place.sweep(experiment, faults=[fault], lasting=disk)
    require(ended.code in (0, may_end), f"{fault}: {ended}")
    if ended.counted < int(fault.split()[2]):
        return None
    if ended.code == ENVIRONMENT or "checkpoints" in fault:
        require_explained(ended, fault.split()[3])
    require_readable(place, ended.code, expected)
    disk.unlink()
    again = place.sweep(experiment)
    require(again.code == 0, f"{fault} is gone, and still: {again}")
    results.require_sound(place.database)
    results.require_equal(expected, results.trials(place.database))
    results.require_tidy(place.files)
    return ended.code


def run(programs, folder, options, say):
    dice = random.Random(options.seed)
    content = with_checkpoints(twelve_trials(2, ARMS[:2]))
    undisturbed = Workplace(programs, folder / "undisturbed")
    ended = undisturbed.sweep(write(undisturbed.folder, content))
    require(ended.code == 0, f"the undisturbed sweep fails: {ended}")
    expected = results.trials(undisturbed.database)
    faults = 0
    for (role, where), (_, may_end) in CASES.items():
        for _ in range(2 if options.share else 15):
            (error, call), code = draw_fault(dice, role, where), None
            while code is None:
                fault, faults = f"{role} {error} {call} {where}", faults + 1
                code = one_fault(Workplace(programs, folder / str(faults)), content, fault, may_end, expected)
                call = max(1, call // 2)  # a run makes so many
            say(f"{fault}: exit code {code}, then completed")
    return f"{faults} faults of the disk, after each of which the sweep was finished with the same results"
