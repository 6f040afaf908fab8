"""Figures, the limits they are held to, and the table of them."""
import statistics
import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limit:
    bound: str  # "at most" or "at least"
    value: float

    def holds(self, value):
        return value <= self.value if self.bound == "at most" else value >= self.value

    def __str__(self):
        return f"{self.bound} {self.value:g}"


def at_most(value):
    return Limit("at most", value)


def at_least(value):
    return Limit("at least", value)


@dataclass
class Figure:
    """One row. What is judged is the median of `values`, which has a number a round: a ratio, or with a unit a quantity."""

    name: str
    values: list
    limit: Limit = None
    unit: str = ""
    threads: str = "1"
    ours: list = field(default_factory=list)  # what ratios are of, a number a round
    peer: list = field(default_factory=list)
    floor: list = field(default_factory=list)
    of_unit: str = "ms"

    @property
    def value(self):
        return statistics.median(self.values)

    @property
    def verdict(self):
        if self.limit is None:
            return "reported"
        return "met" if self.limit.holds(self.value) else "MISSED"


def number(value):
    """Three digits, without the zeros of a larger one."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def median_text(values, unit):
    return f"{number(statistics.median(values))} {unit}" if values else "–"


def value_text(figure):
    text = f"{number(figure.value)} {figure.unit}".rstrip()
    if len(figure.values) > 1:
        text += f" ({number(min(figure.values))}–{number(max(figure.values))})"
    return text


COLUMNS = ["figure", "threads", "ours", "peer", "floor", "value (lowest–highest)", "limit", "verdict"]


def row_of(figure):
    sides = [median_text(side, figure.of_unit) for side in (figure.ours, figure.peer, figure.floor)]
    limit = f"{figure.limit} {figure.unit}".rstrip() if figure.limit else "–"
    return [figure.name, figure.threads, *sides, value_text(figure), limit, figure.verdict]


def width(text):
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def table(figures):
    """Aligned columns under their names."""
    rows = [COLUMNS, *map(row_of, figures)]
    widths = [max(width(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = ["  ".join(cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths)).rstrip() for row in rows]
    lines.insert(1, "  ".join("─" * wide for wide in widths))
    return "\n".join(lines)
