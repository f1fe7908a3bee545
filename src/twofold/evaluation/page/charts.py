"""Charts as inline SVG: axes with names and units, one colour and one dash per series, no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from twofold.evaluation.document import Figure, Point
from twofold.evaluation.page.markup import text

WIDTH, HEIGHT = 520, 380
LEFT, RIGHT, TOP, BOTTOM = 58, 26, 12, 50
SERIES = 7  # colours that the style knows; beyond it they repeat with another dash
TICKS = 5


@dataclass(frozen=True, slots=True)
class Axes:
    """The frame of a chart: names with units, and the ranges.

    >>> Axes("said", "seen").place(Point(0.0, 0.0))
    (58.0, 330.0)
    """

    x_name: str
    y_name: str
    x_range: tuple[float, float] = (0.0, 1.0)
    y_range: tuple[float, float] = (0.0, 1.0)
    percent: bool = field(default=True)

    def place(self, point: Point) -> tuple[float, float]:
        """Where a point stands, in the picture's units."""
        across = (point.x - self.x_range[0]) / (self.x_range[1] - self.x_range[0])
        up = (point.y - self.y_range[0]) / (self.y_range[1] - self.y_range[0])
        return (
            round(LEFT + across * (WIDTH - LEFT - RIGHT), 1),
            round(HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM), 1),
        )

    def drawn(self) -> str:
        """Grid, ticks and names."""
        parts = []
        for step in range(TICKS + 1):
            x = self.x_range[0] + (self.x_range[1] - self.x_range[0]) * step / TICKS
            y = self.y_range[0] + (self.y_range[1] - self.y_range[0]) * step / TICKS
            left, _ = self.place(Point(x, self.y_range[0]))
            _, top = self.place(Point(self.x_range[0], y))
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{top}" y2="{top}"/>')
            parts.append(f'<text x="{LEFT - 8}" y="{top + 4}" text-anchor="end">{self._tick(y)}</text>')
            parts.append(f'<text x="{left}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{self._tick(x)}</text>')
        middle, centre = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
        base = f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM}"/>'
        names = (
            f'<text class="name" x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">{text(self.x_name)}</text>'
            f'<text class="name" transform="translate(14 {centre}) rotate(-90)" text-anchor="middle">'
            f"{text(self.y_name)}</text>"
        )
        return "".join(parts) + base + names

    def _tick(self, value: float) -> str:
        return f"{value:.0%}" if self.percent else f"{value:g}"


def lines(axes: Axes, series: Mapping[str, Sequence[Point]], *, dots: bool, diagonal: str) -> str:
    """Curves over common axes, with a diagonal for what is even (``diagonal`` says what), and a legend."""
    start, end = axes.place(Point(0, 0)), axes.place(Point(1, 1))
    even = f'<line class="even" x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}"/>'
    drawn = [_curve(axes, points, number, dots) for number, points in enumerate(series.values())]
    return _svg(axes.drawn() + even + "".join(drawn), f"{axes.y_name} over {axes.x_name}") + _legend(
        [*series, diagonal]
    )


def bars(groups: Mapping[str, Sequence[tuple[str, Figure]]], name: str, most: float) -> str:
    """Horizontal bars with intervals: per group its bars by label, on one scale from 0 to ``most``."""
    row, left, width, y = 22, 190, 640, 8
    parts = []
    span = width - left - 70
    for number, (group, items) in enumerate(groups.items()):
        for place, (label, value) in enumerate(items):
            said = f"{group} {label}".strip() if place == 0 else label
            long = max(value.value, 0) / most * span
            low, high = (left + max(each, 0) / most * span for each in (value.low, value.high))
            parts.append(f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{text(said)}</text>')
            parts.append(
                f'<rect class="bar s{number % SERIES}" x="{left}" y="{y + 2}" width="{long:.1f}" height="{row - 8}"/>'
            )
            parts.append(
                f'<line class="whisker" x1="{low:.1f}" x2="{high:.1f}" y1="{y + row / 2 - 2}" y2="{y + row / 2 - 2}"/>'
            )
            end = max(left + long, high) + 6
            parts.append(f'<text x="{end:.1f}" y="{y + 13}">{value.value:.3f}</text>')
            y += row
        y += 8
    parts.append(f'<line class="axis" x1="{left}" x2="{left}" y1="4" y2="{y}"/>')
    parts.append(f'<text class="name" x="{left}" y="{y + 16}">{text(name)}</text>')
    return (
        f'<svg class="wide" viewBox="0 0 {width} {y + 26}" role="img" aria-label="{text(name)}">{"".join(parts)}</svg>'
    )


def _curve(axes: Axes, points: Sequence[Point], number: int, dots: bool) -> str:
    places = [axes.place(each) for each in points]
    path = " ".join(f"{x},{y}" for x, y in places)
    marks = "".join(f'<circle class="dot s{number % SERIES}" cx="{x}" cy="{y}" r="3.2"/>' for x, y in places)
    return f'<polyline class="curve s{number % SERIES} d{number // SERIES}" points="{path}"/>' + (marks if dots else "")


def _legend(names: Sequence[str]) -> str:
    items = [
        f'<li><svg viewBox="0 0 26 10" aria-hidden="true"><line class="{_style(number, len(names))}" x1="1" x2="25" '
        f'y1="5" y2="5"/></svg>{text(name)}</li>'
        for number, name in enumerate(names)
    ]
    return f'<ul class="legend">{"".join(items)}</ul>'


def _style(number: int, names: int) -> str:
    return "even" if number == names - 1 else f"curve s{number % SERIES} d{number // SERIES}"


def _svg(content: str, label: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{text(label)}">{content}</svg>'
