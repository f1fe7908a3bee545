"""What the command line prints: tables and lines for people, one JSON document for machines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from twofold.domain.time import datetime_from_micros

# Without a terminal nobody said how wide; a list with its reasons fits in this.
WIDTH_OF_A_FILE = 120


def console(*, errors: bool = False) -> Console:
    """Standard output or standard error. Texts are taken literally: no markup, no emoji codes, no highlighting."""
    stream = sys.stderr if errors else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDTH_OF_A_FILE
    return Console(stderr=errors, markup=False, emoji=False, highlight=False, width=width)


def say(*lines: str, style: str = "") -> None:
    """Lines on standard output; long ones are left to the terminal to wrap."""
    for line in lines:
        console().print(Text(line, style=style), soft_wrap=True)


def note(*lines: str, style: str = "") -> None:
    """Lines on standard error: progress, warnings, anything that is not the result."""
    for line in lines:
        console(errors=True).print(Text(line, style=style), soft_wrap=True)


def say_error(message: str) -> None:
    """What went wrong, as one line on standard error, red on a terminal."""
    note("error: " + " ".join(message.split()), style="red")


def emit_json(document: object) -> None:
    """The one JSON document on standard output, always UTF-8."""
    line = msgspec.json.encode(document, enc_hook=_plain) + b"\n"
    sys.stdout.flush()
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(line.decode())
    else:
        binary.write(line)
        binary.flush()


def say_table(headers: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> None:
    """A table on standard output; columns named in ``right`` are aligned to the right and never wrapped."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for header in headers:
        justify = "right" if header in right else "left"
        table.add_column(header, justify=justify, no_wrap=header in right, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)


def say_facts(facts: Mapping[str, str]) -> None:
    """Names with their values, one per line, aligned."""
    width = max(map(len, facts), default=0)
    say(*(f"{name:<{width}}  {value}" for name, value in facts.items()))


def count(number: int) -> str:
    """A count as people read it.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def figure(value: float | None, digits: int = 3) -> str:
    """A figure, or a dash where there is none.

    >>> figure(0.12345), figure(None)
    ('0.123', '-')
    """
    return "-" if value is None or value != value else f"{value:.{digits}f}"


def moment_text(at: int) -> str:
    """A moment as ISO 8601 in UTC, to the second.

    >>> moment_text(0)
    '1970-01-01T00:00:00Z'
    """
    return datetime_from_micros(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise NotImplementedError(f"no JSON for {type(value).__name__}")
