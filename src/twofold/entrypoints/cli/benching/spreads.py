"""Spreads of times in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from twofold.bench.spread import Spread
from twofold.entrypoints.cli.output import count, figure, say_table

TIMES = ("p50 ms", "p90 ms", "p99 ms", "max ms")


def times(spread: Spread) -> list[str]:
    """The cells below `TIMES`."""
    return [figure(each, 2) for each in (spread.p50, spread.p90, spread.p99, spread.max)]


def say_spreads(name: str, rows: Iterable[tuple[str, Spread]]) -> None:
    """One row per spread."""
    say_table([name, "n", *TIMES], [[key, count(each.n), *times(each)] for key, each in rows], right=("n", *TIMES))
