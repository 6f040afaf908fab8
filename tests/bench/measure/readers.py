"""A sweep, and the same beside a reader that queries the database ten times a second."""
import sqlite3
import threading

from .figures import Figure, at_most
from .programs import CannotMeasure
from .steps import ADAM, ratios, rounds_of

PERIOD = 0.1  # seconds from query to query
SQL = "SELECT sweep, label, status, epochs_done, final_perplexity, seconds FROM trial_summary ORDER BY trial_id"


class Reader:
    """Opens the database anew for each query, as a verb of the runner does, from `with` to its end."""

    def __init__(self, database):
        self.database = database
        self.queries = 0
        self.error = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def _run(self):
        while not self._ended.wait(PERIOD):
            try:
                self._query()
            except sqlite3.Error as error:
                self.error = self.error or error

    def _query(self):
        if not self.database.exists():  # the runner makes it once its datasets are prepared
            return
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] > 0:  # it has its tables
                connection.execute(SQL).fetchall()
                self.queries += 1
        finally:
            connection.close()


def sweep_seconds(programs, experiment):
    return programs.sweep(experiment, "--jobs", "1")[1]


def read_sweep_seconds(programs, experiment):
    with Reader(programs.new_database()) as reader:
        seconds = sweep_seconds(programs, experiment)
    if reader.error or reader.queries == 0:
        raise CannotMeasure(f"a reader beside a sweep failed: {reader.error or 'it never got to its query'}")
    return seconds


def measure(programs, options):
    model, epochs = {"plugin": options.fused["gru"]}, 4 if options.quick else 40
    experiment = programs.experiment(model, ADAM, epochs, seeds=range(1, 3))
    alone, read = rounds_of(options, [lambda: sweep_seconds(programs, experiment),
                                      lambda: read_sweep_seconds(programs, experiment)])
    yield Figure(f"{options.fused['gru']}: a sweep beside a reader that asks ten times a second, over the same alone",
                 ratios(read, alone), at_most(1.02), ours=read, peer=alone, of_unit="s")
