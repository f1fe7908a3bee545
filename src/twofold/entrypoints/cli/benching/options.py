"""Options that the benchmarks on a world share, and what becomes of a report."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer

from twofold.entrypoints.cli.benching.asked import Asked
from twofold.entrypoints.cli.benching.worlds import nobodys_settings
from twofold.entrypoints.cli.chosen_options import STANDARD_OUTPUT, check_writable, hand_out
from twofold.entrypoints.cli.progress import Report, progress
from twofold.simulation.world.shape import LARGEST, SMALLEST, Shape

PeopleInWorld = Annotated[
    int, typer.Option("--people", min=SMALLEST, max=LARGEST, metavar="N", help="People in the world.")
]
WorldSeed = Annotated[
    int, typer.Option("--seed", min=0, metavar="N", help="The same seed gives the same world and the same viewers.")
]
KeepDir = Annotated[
    Path | None,
    typer.Option(
        "--keep",
        metavar="DIR",
        help="Folder to keep worlds in. Default: in your cache folder.",
        show_default=False,
    ),
]
Unlimited = Annotated[
    float,
    typer.Option(
        "--unlimited",
        min=0,
        max=1,
        metavar="SHARE",
        help="People, and viewers, who do not limit the distance; the others look within 50 km.",
    ),
]

Found = TypeVar("Found", bound=msgspec.Struct)


def asked_of(people: int, seed: int, keep: Path | None, unlimited: float) -> Asked:
    """What the options say."""
    return Asked(Shape(people=people, seed=seed, unlimited=unlimited), keep)


def measured(json_file: Path | None, work: Callable[[Report], Found], say: Callable[[Found], None]) -> None:
    """Do the work, then show the report, or write it, or both.

    Raises:
        Unavailable: the report cannot be written there; before any work.
    """
    check_writable(json_file, "--json")
    with _unwinding(), nobodys_settings(), progress(quiet=json_file == STANDARD_OUTPUT) as report:
        found = work(report)
    hand_out(found, json_file, say)


@contextmanager
def _unwinding() -> Iterator[None]:
    """Terminated: unwind like after Ctrl-C, so that servers end and copies go."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
