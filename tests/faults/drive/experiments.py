"""The experiments that are disturbed."""
import json
import random
import re

CHARACTERS = 1200


def write(folder, content):
    """Writes an experiment and its text into the folder. Returns the experiment's name there. JSON is YAML, but for durations
    and sizes, which stand without quotes: here they begin with "="."""
    letters = random.Random(1)
    text = "".join(letters.choice("abcdefgh ") for _ in range(CHARACTERS))
    (folder / "text.txt").write_text(text, encoding="ascii")
    yaml = re.sub(r'"=([^"]*)"', r"\1", json.dumps(content, indent=1))
    (folder / "experiment.yaml").write_text(yaml, encoding="ascii")
    return "experiment.yaml"


# Something of everything that a trial carries along: momentum, schedules that listen, dropout, carried state, random data.
ARMS = [
    {"label": "plateau", "model": {"plugin": "rnn"},
     "train": {"optimizer": {"name": "sgd", "lr": 1, "momentum": 0.9}, "schedule": {"name": "halve_on_plateau"}}},
    {"label": "dropout", "model": {"plugin": "gru", "num_layers": 2, "dropout": 0.3}, "train": {"reset_state": "never"}},
    {"label": "early", "model": {"plugin": "lstm"},
     "train": {"optimizer": {"name": "adamw", "lr": 0.05}, "early_stopping": {"patience": 1}}},
    {"label": "fused", "model": {"plugin": "gru_fused", "num_layers": 2, "dropout": 0.3},
     "train": {"schedule": {"name": "cosine", "warmup": 0.5}}},
    {"label": "random", "model": {"plugin": "lstm_scratch"}, "data": {"sampling": "random"},
     "train": {"optimizer": {"name": "rmsprop", "lr": 0.01}}},
    {"label": "both", "model": {"plugin": "gru", "bidirectional": True}, "train": {"reset_state": "never"}},
]


def twelve_trials(epochs, arms=None, seeds=(1, 2)):
    arms = ARMS if arms is None else arms
    return {
        "name": "faults",
        "data": {"plugin": "text", "path": "text.txt", "num_steps": 10, "batch_size": 4, "valid_fraction": 0.15,
                 "test_fraction": 0.1},
        "model": {"plugin": "rnn", "hidden_size": 16},
        "train": {"epochs": epochs, "device": "cpu", "optimizer": {"name": "adam", "lr": 0.01}, "clip_norm": 1.0},
        "samples": {"every": 1, "length": 20, "prefixes": ["a", "hg"], "temperature": 0.8},
        "run": {"max_restarts": 1000, "max_concurrent_trials": 2},
        "sweep": {"method": "list", "seeds": list(seeds), "trials": arms},
    }


def with_checkpoints(experiment, every="=1ms"):
    """At every step, if a step takes longer than that."""
    return {**experiment, "train": {**experiment["train"], "checkpoint": {"every": every}}}
