"""A whole sweep of the chapter's seven rows on two cores against seven runs of PyTorch, one after another."""
from pathlib import Path

from .figures import Figure, at_least

ROWS = ["GRU scratch", "GRU", "LSTM scratch", "LSTM", "LSTM 2 layers", "LSTM 6 layers", "GRU bidirectional"]


def our_seconds(programs, options, epochs):
    words = ["data.plugin=text", f"data.path={programs.text}", f"train.epochs={epochs}", "samples.prefixes=[]"]
    return programs.sweep(options.chapter, *words, "--jobs", "2")[1]


def peer_seconds(programs, epochs, threads, blas_folder):
    return sum(programs.peer(row, epochs, threads, blas_folder)[1] for row in ROWS)


def debian_seconds(programs, epochs, blas_folder):
    """Over two epochs, of which the second stands for those that follow: an epoch takes up to a minute."""
    seconds = 0
    for row in ROWS:
        said, wall = programs.peer(row, 2, 0, blas_folder)
        seconds += wall + (epochs - 2) * said[-1]["seconds"]
    return seconds


def debian_blas(programs):
    """The folder of the BLAS that python3-torch's recommendations bring, and that Debian's alternatives prefer."""
    folder = Path(programs.blas_file).parent.with_name("openblas-pthread")
    return folder if folder.exists() else None


def measure(programs, options):
    epochs = 2 if options.quick else 20
    tuned = Path(programs.blas_file).parent
    ours, two, one = [], [], []
    for _ in range(options.rounds):
        ours.append(our_seconds(programs, options, epochs))
        two.append(peer_seconds(programs, epochs, 2, tuned))
        one.append(peer_seconds(programs, epochs, 1, tuned))
    name = f"{options.chapter.name}, {epochs} epochs: PyTorch's seconds over ours"

    def figure(kind, threads, peer, limit):
        values = [theirs / mine for theirs, mine in zip(peer, ours)]
        return Figure(f"{name}, {kind}", values, limit, threads=f"2 × 1, {threads}", ours=ours, peer=peer, of_unit="s")

    yield figure("tuned, two threads", "2", two, at_least(2.0))
    yield figure("tuned, one thread", "1", one, at_least(3.0))
    if debian_blas(programs):
        debian = debian_seconds(programs, epochs, debian_blas(programs))
        yield figure("as Debian installs it", "its choice", [debian] * len(ours), None)
