"""The most memory that a worker's child has while it trains a fused model, beyond what loading LibTorch takes.

Counted is memory of the processes' own (RssAnon). The pages of libraries are no measure: a child maps those that it runs through,
fewer than the host it was forked from, and shares them all with it.
"""
import re
import subprocess
import time
from pathlib import Path

from .figures import Figure, at_most
from .programs import CannotMeasure, clean_environment
from .steps import ADAM


def status(pid):
    """The numbers of /proc/PID/status by name, sizes in KiB; empty when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return {}
    return {name: int(value) for name, value in re.findall(r"^(\w+):\s+(\d+)", lines, re.M)}


def children(parents):
    """{pid: status} of the processes whose parent is one of these."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            told = status(entry.name)
            if told.get("PPid") in parents:
                found[int(entry.name)] = told
    return found


def watch(runner):
    """The own memory of the idle hosts, and the largest of each process that a host forked; in KiB."""
    host_size, peaks = 0, {}
    while runner.poll() is None:
        hosts = children({runner.pid})
        for pid, told in children(set(hosts)).items():
            peaks[pid] = max(peaks.get(pid, 0), told.get("RssAnon", 0))
        host_size = max([host_size, *(told.get("RssAnon", 0) for told in hosts.values())])
        time.sleep(0.005)
    return host_size, peaks


def measure(programs, options):
    for cell in ("gru", "lstm"):
        plugin = options.fused[cell]
        database = programs.new_database()
        experiment = programs.experiment({"plugin": plugin}, ADAM, 8)
        words = [str(word) for word in (programs.runner, "sweep", experiment, "--db", database)]
        with subprocess.Popen(words, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as runner:
            host_size, peaks = watch(runner)
        if runner.returncode != 0:
            raise CannotMeasure(f"{' '.join(words)}\nleft with {runner.returncode}")
        child = programs.query(database, "SELECT pid FROM attempts")[0]["pid"]
        beyond = (peaks[child] - host_size) / 1024
        yield Figure(f"{plugin}: peak memory beyond LibTorch loaded", [beyond], at_most(64), unit="MiB",
                     ours=[peaks[child] / 1024], floor=[host_size / 1024], of_unit="MiB")
