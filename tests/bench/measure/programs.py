"""The programs that are measured: how each is started, and what it answers."""
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from . import text

ROOT = Path(__file__).resolve().parents[3]
PEER = ROOT / "tests/parity/peer.py"
WARM_UP = 2  # epochs that are not counted: memory and caches settle
STEERING = ("OMP_", "GOMP_", "KMP_", "OPENBLAS_", "GOTO_", "MKL_", "LD_LIBRARY_PATH", "LD_PRELOAD", "RUNNER_")


class CannotMeasure(Exception):
    """Why there is no figure; ends the script."""


def clean_environment(**changes):
    """Ours without what others set for threads and libraries."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(STEERING)}
    return {**kept, **changes}


def thread_environment(threads):
    return {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}


def run(words, environment):
    """What the program printed, and how many seconds it took. Raises CannotMeasure with its words where it fails."""
    start = time.perf_counter()
    done = subprocess.run([str(word) for word in words], env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        command, said = " ".join(map(str, words)), done.stdout[-2000:] + done.stderr[-4000:]
        raise CannotMeasure(f"{command}\nleft with {done.returncode}:\n{said}")
    return done.stdout, seconds


class Programs:
    def __init__(self, build, folder):
        self.runner = build / "bin/runner"
        self.tools = build / "tests/bench"
        self.folder = folder  # for texts, experiments and databases
        self.text = folder / "text.txt"
        self.text.write_text(text.zipf_text(), encoding="utf-8")
        self.checks = {row["check"]: row["found"] for row in json.loads(self.run_runner("doctor", "--json")[0])}
        self.blas_file = re.search(r"\((/.*)\)$", self.checks["blas"])[1]

    # --- the runner ---

    def run_runner(self, *words):
        return run([self.runner, *words], clean_environment())

    def write_experiment(self, content):
        file = self.folder / "experiment.yaml"
        file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
        return file

    def sweep(self, experiment, *words):
        """Runs the experiment into a new database. Returns that, and the seconds."""
        database = self.new_database()
        return database, self.run_runner("sweep", experiment, *words, "--db", database)[1]

    def new_database(self):
        for old in self.folder.glob("results.db*"):
            old.unlink()
        return self.folder / "results.db"

    def query(self, database, sql):
        return json.loads(self.run_runner("query", "--json", sql, "--db", database)[0])

    def experiment(self, model, optimizer, epochs, *, seeds=(1,), jobs=1):
        """The chapter's setting for one model, one thread a trial."""
        return self.write_experiment({
            "name": "bench",
            "data": {"plugin": "text", "path": str(self.text), "num_steps": text.STEPS, "batch_size": text.ROWS},
            "model": model,
            "train": {"epochs": epochs, "clip_norm": 0.01, "optimizer": optimizer, "reset_state": "never", "device": "cpu"},
            "run": {"max_concurrent_trials": jobs, "threads_per_trial": 1},
            "sweep": {"seeds": list(seeds)},
        })

    def our_step(self, model, optimizer, epochs):
        """Milliseconds of a training step in a worker."""
        database, _ = self.sweep(self.experiment(model, optimizer, epochs + WARM_UP))
        rows = self.query(database, f"SELECT value FROM metrics WHERE name = 'seconds' AND epoch > {WARM_UP}")
        return statistics.median(row["value"] for row in rows) / text.BATCHES * 1e3

    # --- the peer and the floor ---

    def peer(self, row, epochs, threads, blas_folder):
        """What the peer says of each epoch on that BLAS, and its seconds from start to end. 0 threads: as PyTorch decides."""
        environment = clean_environment(LD_LIBRARY_PATH=str(blas_folder), **(thread_environment(threads) if threads else {}))
        words = [sys.executable, PEER, row, "--text", self.text, "--epochs", epochs, "--threads", threads]
        output, seconds = run(words, environment)
        said = [json.loads(line) for line in output.splitlines()]
        if Path(said[-1]["blas"]).parent != blas_folder:
            raise CannotMeasure(f"PyTorch uses {said[-1]['blas']} where the BLAS in {blas_folder} was meant: no comparison")
        return said, seconds

    def peer_step(self, row, epochs):
        """Milliseconds of a training step of the peer, tuned like ours: our BLAS, one thread."""
        said, _ = self.peer(row, epochs + WARM_UP, 1, Path(self.blas_file).parent)
        return statistics.median(epoch["seconds"] for epoch in said[WARM_UP:]) / text.BATCHES * 1e3

    def floor_step(self, cell, layers):
        words = [self.tools / "bench_floor", cell, text.VOCABULARY, 256, text.ROWS, text.STEPS, layers, 1]
        return json.loads(run(words, clean_environment(**thread_environment(1)))[0])["ms"]["median"]
