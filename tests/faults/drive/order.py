"""A trial's numbers do not depend on which trials ran before it, beside it, or in which order."""
import random

from . import results
from .experiments import ARMS, twelve_trials, write
from .programs import Workplace, require


def results_of(programs, folder, content, *words):
    place = Workplace(programs, folder)
    ended = place.sweep(write(place.folder, content), *words)
    require(ended.code == 0, f"the sweep in {folder.name} fails: {ended}")
    return results.trials(place.database)


def run(programs, folder, options, say):
    epochs = 2 if options.share else 8
    expected = results_of(programs, folder / "one", twelve_trials(epochs), "--jobs", 1)
    say(f"{len(expected)} trials one after the other")
    others = {
        "two": (twelve_trials(epochs), "--jobs", 2),
        "reversed": (twelve_trials(epochs, ARMS[::-1], (2, 1)), "--jobs", 2),
    }
    for name, (content, *words) in others.items():
        results.require_equal(expected, results_of(programs, folder / name, content, *words))
        say(f"{name}: the same")
    alone = sorted(expected)
    for label, seed in random.Random(options.seed).sample(alone, 3) if options.share else alone:
        arms = [arm for arm in ARMS if arm["label"] == label]
        found = results_of(programs, folder / f"{label}-{seed}", twelve_trials(epochs, arms, (seed,)))
        results.require_equal({(label, seed): expected[label, seed]}, found)
        say(f"{label}, seed {seed}, alone: the same")
    return f"{len(expected)} trials: the same one after the other, two at once, in reversed order and alone"
