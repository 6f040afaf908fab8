#!/usr/bin/python3
"""What tests/faults/run works with: draws, comparisons, and how it waits for processes."""
import os
import random
import sqlite3
import sys
import tempfile
import unittest
from contextlib import closing
from pathlib import Path

sys.dont_write_bytecode = True  # the tree stays as it is

from drive import disk, kills, programs, results


class Draws(unittest.TestCase):
    def test_the_same_seed_draws_the_same_victims(self):
        first, again = (kills.draw_victims(random.Random(7)) for _ in range(2))
        self.assertEqual(first, again)

    def test_a_run_ends_with_its_runner_and_loses_few_hosts(self):
        dice = random.Random(1)
        for victims in (kills.draw_victims(dice) for _ in range(500)):
            roles = [victim.split()[0] for victim in victims]
            self.assertEqual([role == "runner" for role in roles], [False] * (len(roles) - 1) + [True])
            self.assertLessEqual(roles.count("host"), kills.MOST_HOSTS)

    def test_a_fault_is_an_error_and_a_call(self):
        dice = random.Random(1)
        for error, call in (disk.draw_fault(dice, "runner", "results.db") for _ in range(500)):
            self.assertIn(error, disk.ERRORS)
            self.assertIn(call, range(1, 101))


class Comparison(unittest.TestCase):
    TRIAL = {("a", 1): {"metrics": {(1, "loss", 0.5)}}}

    def test_equal_results_do_not_differ(self):
        self.assertEqual(results.differences(self.TRIAL, {("a", 1): {"metrics": {(1, "loss", 0.5)}}}), [])

    def test_the_last_bit_of_a_number_is_a_difference(self):
        said = results.differences(self.TRIAL, {("a", 1): {"metrics": {(1, "loss", 0.5 + 2**-53)}}})
        self.assertIn("metrics", said[0])

    def test_a_trial_too_many_or_too_few_is_a_difference(self):
        self.assertEqual(len(results.differences(self.TRIAL, {})), 1)
        self.assertEqual(len(results.differences({}, self.TRIAL)), 1)

    def test_a_database_is_left_as_it_was_found(self):
        with tempfile.TemporaryDirectory() as folder:
            database = Path(folder, "results.db")
            with closing(sqlite3.connect(database)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("CREATE TABLE numbers (number)")
                connection.commit()
                log = Path(folder, "results.db-wal").read_bytes()
                self.assertEqual(results.rows(database, "SELECT count(*) FROM numbers"), [(0,)])
                self.assertEqual(Path(folder, "results.db-wal").read_bytes(), log)


class Disk(unittest.TestCase):
    COMPLETED, INTERRUPTED = {"trial": {("completed", 2)}}, {"trial": {("interrupted", 1)}}
    EXPECTED = {("a", 1): COMPLETED, ("a", 2): COMPLETED}

    def test_an_error_excuses_what_is_not_completed(self):
        disk.require_as_undisturbed(disk.ENVIRONMENT, self.EXPECTED, {})
        disk.require_as_undisturbed(disk.ENVIRONMENT, self.EXPECTED,
                                    {("a", 1): self.COMPLETED, ("a", 2): self.INTERRUPTED})

    def test_success_with_a_trial_that_is_not_completed_is_refused(self):
        disk.require_as_undisturbed(0, self.EXPECTED, self.EXPECTED)
        for left in ({}, {("a", 1): self.COMPLETED}, {**self.EXPECTED, ("a", 2): self.INTERRUPTED}):
            with self.assertRaises(programs.Found):
                disk.require_as_undisturbed(0, self.EXPECTED, left)

    def test_a_completed_trial_with_other_results_is_refused_with_any_exit_code(self):
        for code in (0, disk.ENVIRONMENT):
            with self.assertRaises(programs.Found):
                disk.require_as_undisturbed(code, self.EXPECTED,
                                            {**self.EXPECTED, ("a", 2): {"trial": {("completed", 3)}}})


class Orphans(unittest.TestCase):
    def test_a_process_whose_parent_is_gone_is_waited_for(self):
        programs.adopt_orphans()
        hears, tells = os.pipe()
        if os.fork() == 0:
            if os.fork() == 0:
                os.read(hears, 1)
            os._exit(0)
        os.write(tells, b"x")
        programs.wait_for_orphans()
        with self.assertRaises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)


if __name__ == "__main__":
    unittest.main()
