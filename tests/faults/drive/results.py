"""What a sweep left, as it can be compared: everything but times, processes and numbers of rows."""
import hashlib
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

from .programs import require

TIMES = ("seconds", "tokens_per_second")

# The trial's columns that an undisturbed sweep has in common with a disturbed one. A trial is known by label and seed.
TRIALS = """SELECT label, seed, status, epochs_done, flags, final_metric, best_metric, best_epoch, final_perplexity,
  best_perplexity, best_perplexity_epoch, error FROM trials"""
PARTS = {
    "metrics": "SELECT label, seed, epoch, name, value FROM metrics JOIN trials USING (trial_id) "
               f"WHERE name NOT IN {TIMES}",
    "samples": "SELECT label, seed, epoch, prefix, text FROM samples JOIN trials USING (trial_id)",
    "facts": "SELECT label, seed, name, value FROM trial_facts JOIN trials USING (trial_id)",
}
TRIAL_FILES = {"log.txt", "weights.safetensors"}


@contextmanager
def opened(database):
    """A copy is opened, with its log: who reads the database itself would mend it on the way."""
    with tempfile.TemporaryDirectory() as folder:
        for file in database.parent.glob(database.name + "*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, folder)
        with closing(sqlite3.connect(Path(folder, database.name))) as connection:
            yield connection


def rows(database, sql):
    with opened(database) as connection:
        return connection.execute(sql).fetchall()


def trials(database):
    """{(label, seed): trial}; a trial is a dictionary of parts, each a set of rows."""
    with opened(database) as connection:
        found = {row[:2]: {"trial": {row[2:]}} for row in connection.execute(TRIALS)}
        for part, sql in PARTS.items():
            for trial in found.values():
                trial[part] = set()
            for row in connection.execute(sql):
                found[row[:2]][part].add(row[2:])
    return found


def differences(expected, found):
    """Sentences; none when both are the same."""
    said = [f"{trial}: is in one of them only" for trial in expected.keys() ^ found.keys()]
    for trial in expected.keys() & found.keys():
        for part in expected[trial]:
            missing, extra = expected[trial][part] - found[trial][part], found[trial][part] - expected[trial][part]
            if missing or extra:
                said.append(f"{trial}: {part}: expected {examples(missing)}, found {examples(extra)}")
    return sorted(said)


def examples(some):
    shown = sorted(map(str, some))
    text = " ".join(shown[:3])[:300] or "nothing"
    return text + (f" … {len(shown)} rows" if len(shown) > 3 else "")


def require_equal(expected, found):
    said = differences(expected, found)
    require(not said, "results differ from the undisturbed sweep's:\n" + "\n".join(said[:20]))


def require_sound(database):
    """SQLite has nothing to say against it."""
    require(rows(database, "PRAGMA integrity_check") == [("ok",)], "integrity_check fails")
    require(not rows(database, "PRAGMA foreign_key_check"), "foreign_key_check fails")


def require_each_completed_once(database):
    again = rows(database, """SELECT label, seed, t.status, count(a.attempt), sum(a.outcome = 'completed'),
        max(a.attempt) = max(iif(a.outcome = 'completed', a.attempt, 0)), sum(a.outcome IS NULL)
      FROM trials t LEFT JOIN attempts a USING (trial_id) GROUP BY t.trial_id""")
    for label, seed, status, attempts, completed, completed_last, unknown in again:
        require(status == "completed" and completed == 1 and completed_last and unknown == 0,
                f"{label}, seed {seed}: status {status}, {completed} of {attempts} attempts completed, {unknown} without an end")


def require_nothing_failed(database):
    failed = rows(database, "SELECT label, seed, error FROM trials WHERE status IN ('failed', 'pruned')")
    require(not failed, f"trials failed for what happened to the machine: {failed}")


def require_tidy(files):
    """Weights and log of every trial, and nothing else."""
    for folder in filter(Path.is_dir, files.iterdir()):
        names = {file.name for file in folder.iterdir()}
        require(names == TRIAL_FILES, f"{folder.name} holds {sorted(names)}, expected {sorted(TRIAL_FILES)}")


def digests(files):
    """SHA-256 of each trial's weights file, by the trial's number."""
    return {int(file.parent.name): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in files.glob("*/weights.safetensors")}
