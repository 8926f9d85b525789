"""Charts drawn on the server: geometry only; the template writes the SVG, with a table of the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 720
HEIGHT = 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 12, 30
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in the picture's units; `series` picks its colour and pattern."""

    x: float
    y: float
    width: float
    height: float
    series: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A line or a label at a place: across for the numbers on the left, below for the names of the bars."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """
    A stacked bar chart.

    Attributes:
        series: what each part of a bar is, from the bottom up.
        rows: name of each bar with its parts, as the table beside shows them.
    """

    id: str
    title: str
    description: str
    series: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    bars: tuple[Bar, ...]
    across: tuple[Mark, ...]
    below: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    bottom: int = HEIGHT - _BOTTOM


def _step(highest: int) -> int:
    """Return a round distance between lines, so that there are at most five."""
    unit = 1
    while True:
        for step in _STEPS:
            if step * unit * 5 >= highest:
                return step * unit
        unit *= 10


def stacked(
    id_: str, title: str, description: str, series: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]]
) -> Chart:
    """
    Lay out a stacked bar chart.

    Args:
        id_: for the references between picture, title and description.
        rows: name and parts (not negative) of each bar, from left to right.
    """
    highest = max((sum(parts) for _name, parts in rows), default=0)
    step = _step(highest)
    top = max(step, -(-highest // step) * step)
    inner, tall = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    slot = inner / max(1, len(rows))
    bars, below = [], []
    for place, (name, parts) in enumerate(rows):
        x, y = _LEFT + place * slot + slot * 0.15, float(HEIGHT - _BOTTOM)
        for number, part in enumerate(parts):
            height = tall * part / top
            y -= height
            if part:
                bars.append(Bar(round(x, 1), round(y, 1), round(slot * 0.7, 1), round(height, 1), number))
        below.append(Mark(round(x + slot * 0.35, 1), name))
    across = [Mark(round(HEIGHT - _BOTTOM - tall * value / top, 1), str(value)) for value in range(0, top + 1, step)]
    return Chart(
        id_, title, description, tuple(series), tuple((name, tuple(parts)) for name, parts in rows), tuple(bars),
        tuple(across), tuple(below),
    )  # fmt: skip
