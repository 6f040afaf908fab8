"""Checkpoints that were damaged while nobody ran: each is recognised, and the one before it used."""
import hashlib
import json
import os
import random
import shutil
import struct

from . import results
from .experiments import ARMS, twelve_trials, with_checkpoints, write
from .programs import Found, Workplace, require

ARM = ARMS[3:4]  # dropout and a schedule in steps: any step repeated or skipped changes the numbers
GOES_ON = "goes on from a checkpoint"


def truncate(file, dice):
    os.truncate(file, dice.randrange(1, file.stat().st_size))


def empty(file, _):
    os.truncate(file, 0)


def flip_bit(file, dice):
    content = bytearray(file.read_bytes())
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    file.write_bytes(content)


def put_folder(file, _):
    file.unlink()
    file.mkdir()


def put_pipe(file, _):
    file.unlink()
    os.mkfifo(file)


def put_other_trial(file, _):
    """A sound checkpoint, of the trial with the other seed."""
    other, = (folder for folder in file.parents[2].glob("*/checkpoints") if folder != file.parent)
    shutil.copy(max(other.glob("*.safetensors")), file)


def sealed(header, data):
    """The bytes of a sound checkpoint (framework/common/tensor_file.h)."""
    header["__metadata__"]["sha256"] = "0" * 64
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)
    content = struct.pack("<Q", len(text)) + text + data
    return content.replace(b"0" * 64, hashlib.sha256(content).hexdigest().encode("ascii"), 1)


def turn_weights(file, _):
    """A sound checkpoint of this trial, whose weights have other shapes."""
    content = file.read_bytes()
    start = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:start])
    for name, tensor in header.items():
        if name.startswith("model."):
            tensor["shape"].reverse()
    file.write_bytes(sealed(header, content[start:]))


DAMAGES = {"truncated": truncate, "empty": empty, "a bit flipped": flip_bit, "a folder": put_folder, "a pipe": put_pipe,
           "of another trial": put_other_trial, "of other shapes": turn_weights}


def interrupted(place, experiment, dice):
    """Kills the runner while both trials train. Returns the first one's checkpoints, the latest first."""
    for _ in range(20):
        place.clear()
        call = dice.randrange(150, 400)
        ended = place.sweep(experiment, faults=[f"trial kill {call} checkpoints", "runner kill 1 pipe:"])
        require(ended.code in (-9, 0), f"neither killed nor completed: {ended}")
        folders = sorted(place.files.glob("*/checkpoints"))
        if len(folders) == 2 and all(len(list(folder.glob("*.safetensors"))) >= 2 for folder in folders):
            return sorted(folders[0].glob("*.safetensors"), reverse=True)
    raise Found("no draw left two trials with checkpoints")


def require_used(ended, log, file):
    """The trial went on from that file, whose name is that of its place: `<epoch>-<batch>`."""
    require(ended.code == 0, f"the sweep does not end well: {ended}")
    epoch, batch = map(int, file.stem.split("-"))
    last = [line for line in log.read_text(encoding="utf-8").splitlines() if GOES_ON in line][-1:]
    require(last and last[0].endswith(f"{GOES_ON}: epoch {epoch}, batch {batch}"),
            f"expected to go on from {file.name}, its log says {last or 'nothing'}")


def damage_one(place, content, name, dice):
    experiment = write(place.folder, content)
    latest, before, *_ = interrupted(place, experiment, dice)
    log = latest.parents[1] / "log.txt"
    DAMAGES[name](latest, dice)
    ended = place.sweep(experiment)
    require_used(ended, log, before)
    require(latest.name in ended.errors, f"no warning names {latest.name}: {ended}")


def damage_all(place, content, dice):
    """Without a checkpoint that can be used a trial begins anew."""
    experiment = write(place.folder, content)
    for file in interrupted(place, experiment, dice):
        flip_bit(file, dice)
    ended = place.sweep(experiment)
    require(ended.code == 0, f"the sweep does not end well: {ended}")


def run(programs, folder, options, say):
    dice = random.Random(options.seed)
    content = with_checkpoints(twelve_trials(3, ARM))
    undisturbed = Workplace(programs, folder / "undisturbed")
    ended = undisturbed.sweep(write(undisturbed.folder, content))
    require(ended.code == 0, f"the undisturbed sweep fails: {ended}")
    expected = results.trials(undisturbed.database)
    rounds = 1 if options.share else 10
    for number in range(rounds):
        for name in [*DAMAGES, "all of them"]:
            place = Workplace(programs, folder / f"{name} {number}")
            damage_all(place, content, dice) if name == "all of them" else damage_one(place, content, name, dice)
            results.require_equal(expected, results.trials(place.database))
            results.require_tidy(place.files)
            say(f"{name}: passed over, the same results")
    return f"{rounds * (len(DAMAGES) + 1)} times damaged checkpoints were passed over, results as undisturbed"
