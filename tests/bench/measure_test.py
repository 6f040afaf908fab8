#!/usr/bin/python3
"""What tests/bench/compare works with: its text, its verdicts, its table, and how it looks at processes."""
import collections
import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # the tree stays as it is

from measure import memory, text
from measure.figures import Figure, at_least, at_most, table


class Text(unittest.TestCase):
    def test_it_has_the_chapters_size_and_is_the_same_every_time(self):
        self.assertEqual(len(text.zipf_text()), 10_000)
        self.assertEqual(len(set(text.zipf_text())), 1027)
        self.assertEqual(text.zipf_text(), text.zipf_text())
        self.assertEqual(text.BATCHES, 8)

    def test_frequencies_follow_zipfs_law(self):
        counts = collections.Counter(text.zipf_text())
        first, tenth = counts[chr(0x4E00)], counts[chr(0x4E00 + 9)]
        self.assertAlmostEqual(first / tenth, 10, delta=2.5)


class Figures(unittest.TestCase):
    def test_a_limit_is_held_by_the_median_of_the_rounds(self):
        self.assertEqual(Figure("step", [1.1, 1.3, 1.0], at_most(1.15)).verdict, "met")
        self.assertEqual(Figure("step", [1.1, 1.3, 1.2], at_most(1.15)).verdict, "MISSED")
        self.assertEqual(Figure("step", [2.2], at_least(2.2)).verdict, "met")
        self.assertEqual(Figure("step", [2.1], at_least(2.2)).verdict, "MISSED")
        self.assertEqual(Figure("step", [9]).verdict, "reported")

    def test_the_table_shows_sides_spread_and_limit(self):
        row = table([Figure("步 over floor", [1.1, 1.25, 1.0], at_most(1.15), ours=[40, 42, 41], floor=[36])]).splitlines()[2]
        for part in ("步 over floor", "41 ms", "36 ms", "1.1 (1–1.25)", "at most 1.15", "met"):
            self.assertIn(part, row)


class Processes(unittest.TestCase):
    def test_children_are_found_with_their_memory(self):
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
            found = memory.children({os.getpid()})
            child.stdin.close()
        self.assertIn("RssAnon", found[child.pid])

    def test_a_process_that_is_gone_has_no_status(self):
        self.assertEqual(memory.status(0), {})


if __name__ == "__main__":
    unittest.main()
