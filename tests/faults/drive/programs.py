"""The runner, started as a person starts it, with the injecting library in front when faults are wanted."""
import ctypes
import os
import shutil
import signal
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 600  # seconds after which a runner hangs, whatever the machine
LAST_BREATH = 60  # seconds that processes of a runner that is gone may take to follow it
STEERING = ("OMP_", "GOMP_", "OPENBLAS_", "MKL_", "LD_PRELOAD", "RUNNER_", "FAULTS")

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
libc = ctypes.CDLL(None, use_errno=True)


class Found(Exception):
    """What a test found wrong."""


def require(holds, message):
    if not holds:
        raise Found(message)


def adopt_orphans():
    """Whatever a dead runner leaves behind becomes a child of this process, which can wait for it."""
    require(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0, "prctl(PR_SET_CHILD_SUBREAPER) failed")


@dataclass
class Ended:
    code: int  # of exit(), or minus the signal
    output: str
    errors: str
    obeyed: int = 0  # instructions that were carried out
    counted: int = 0  # matching calls for the next one

    def __str__(self):
        return f"exit code {self.code}; it said:\n{self.errors[-4000:]}"


class Programs:
    def __init__(self, build):
        self.runner = build / "bin/runner"
        self.injector = build / "tests/faults/libfaults_inject.so"
        self.hostile = build / "tests/faults/plugins"


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def wait_for_orphans():
    """Returns when all that a runner left behind has ended by itself. Found, when something goes on."""
    deadline = time.monotonic() + LAST_BREATH
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            require_gone_by(deadline)
            time.sleep(0.005)


def require_gone_by(deadline):
    if time.monotonic() < deadline:
        return
    left = Path("/proc/self/task", str(os.getpid()), "children").read_text(encoding="ascii").split()
    for pid in left:
        os.kill(int(pid), signal.SIGKILL)
    raise Found(f"processes go on after their runner: {' '.join(left)}")


class Workplace:
    """A folder with a database in it. Relative paths are relative to that folder, the runner's working directory."""

    def __init__(self, programs, folder):
        self.programs = programs
        self.folder = folder
        self.database = folder / "results.db"
        self.files = folder / "results.files"
        folder.mkdir(parents=True)

    def clear(self):
        """No sweep was run here."""
        shutil.rmtree(self.files, ignore_errors=True)
        for file in self.folder.glob("results.db*"):
            file.unlink()

    def run(self, *words, faults=(), lasting=None):
        """Runs the runner until it and all its workers have ended. `faults` are instructions of the injecting library,
        `lasting` the file for as long as which an error stays."""
        state = self.folder / "faults.state"
        state.write_bytes(bytes(8))
        environment = self.environment(faults, state, lasting)
        out, err = self.folder / "stdout", self.folder / "stderr"
        with out.open("wb") as output, err.open("wb") as errors:
            process = subprocess.Popen(list(map(str, [self.programs.runner, *words])), cwd=self.folder, env=environment,
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=errors, preexec_fn=die_with_parent)
            self.wait(process)
        wait_for_orphans()
        progress = struct.unpack("=Q", state.read_bytes())[0]
        return Ended(process.returncode, text_of(out), text_of(err), progress >> 32, progress & 0xFFFFFFFF)

    @staticmethod
    def wait(process):
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Found("the runner did not end") from None

    def environment(self, faults, state, lasting):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(STEERING)}
        own = {"RUNNER_PLUGIN_PATH": str(self.programs.hostile), "TERM": "dumb", "XDG_CACHE_HOME": str(self.folder / "cache")}
        if faults:
            own |= {"LD_PRELOAD": str(self.programs.injector), "FAULTS": ";".join(faults), "FAULTS_STATE": str(state),
                    "FAULTS_WHILE": str(lasting or "")}
        return kept | own

    def sweep(self, experiment, *words, **faults):
        return self.run("sweep", experiment, "--db", self.database.name, *words, **faults)


def text_of(file):
    return file.read_text(encoding="utf-8", errors="replace")
