"""A whole sweep of the chapter's seven rows on two cores against seven runs of PyTorch, one after another."""
from pathlib import Path

from .figures import Figure, at_least


def our_sweep(programs, options, epochs):
    """Its rows, for which the peer has a model of the same name, and its seconds."""
    words = ["data.plugin=text", f"data.path={programs.text}", f"train.epochs={epochs}", "samples.prefixes=[]"]
    database, seconds = programs.sweep(options.chapter, *words, "--jobs", "2")
    return [trial["label"] for trial in programs.query(database, "SELECT label FROM trials ORDER BY number")], seconds


def peer_seconds(programs, rows, epochs, threads, blas_folder):
    return sum(programs.peer(row, epochs, threads, blas_folder)[1] for row in rows)


def debian_seconds(programs, rows, epochs, blas_folder):
    """Over two epochs, of which the second stands for those that follow: an epoch takes up to a minute."""
    seconds = 0
    for row in rows:
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
        rows, seconds = our_sweep(programs, options, epochs)
        ours.append(seconds)
        two.append(peer_seconds(programs, rows, epochs, 2, tuned))
        one.append(peer_seconds(programs, rows, epochs, 1, tuned))
    name = f"{options.chapter.name}, {epochs} epochs: PyTorch's seconds over ours"

    def figure(kind, threads, peer, limit):
        values = [theirs / mine for theirs, mine in zip(peer, ours)]
        return Figure(f"{name}, {kind}", values, limit, threads=f"2 × 1, {threads}", ours=ours, peer=peer, of_unit="s")

    yield figure("tuned, two threads", "2", two, at_least(2.0))
    yield figure("tuned, one thread", "1", one, at_least(3.0))
    if debian_blas(programs):
        debian = debian_seconds(programs, rows, epochs, debian_blas(programs))
        yield figure("as Debian installs it", "its choice", [debian] * len(ours), None)
