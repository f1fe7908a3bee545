"""Options that say whose data a command measures on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer

from twofold.domain.errors import Unavailable
from twofold.entrypoints.cli.output import emit_json, note

STANDARD_OUTPUT = Path("-")

Found = TypeVar("Found")
JsonPath = Path | None

Dataset = Annotated[
    str | None, typer.Argument(metavar="[DATASET]", help="bitcoin-otc, with --data.", show_default=False)
]
PublicSet = Annotated[
    str | None,
    typer.Argument(
        metavar="[DATASET]", help="speed-dating, bitcoin-otc or movielens, with --data.", show_default=False
    ),
]
DataFolder = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder of the data set's files, or the one above.", show_default=False),
]
PeopleFile = Annotated[
    Path | None,
    typer.Option(
        "--people", metavar="FILE", help="People, as `import people` reads them; optional.", show_default=False
    ),
]
EventsFile = Annotated[
    Path | None,
    typer.Option("--events", metavar="FILE", help="Events, as `import events` reads them.", show_default=False),
]
TownOf = Annotated[
    int | None, typer.Option("--town", metavar="N", min=2, help="A town of N synthetic people.", show_default=False)
]
JsonFile = Annotated[
    Path | None,
    typer.Option(
        "--json", metavar="OUT", help="Write the JSON document to this file; - is standard output.", show_default=False
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="The same seed and data give the same report.")]


def hand_out(found: Found, json_file: JsonPath, say: Callable[[Found], None]) -> None:
    """Show a report, or print it as JSON, or write it and show it.

    Raises:
        Unavailable: it cannot be written.
    """
    if json_file == STANDARD_OUTPUT:
        emit_json(found)
        return
    if json_file is not None:
        write(json_file, msgspec.json.encode(found) + b"\n", "--json")
    say(found)
    if json_file is not None:
        note(f"written: {json_file}")


def check_writable(path: Path | None, option: str) -> None:
    """Tell before minutes of work, not after them.

    Raises:
        Unavailable: a report cannot be written there.
    """
    if path is None or path == STANDARD_OUTPUT:
        return
    if path.is_dir() or not path.absolute().parent.is_dir() or not os.access(path.absolute().parent, os.W_OK):
        raise Unavailable(f"the report cannot be written there; name another file with {option}")


def write(path: Path, content: bytes, option: str) -> None:
    """Write a report.

    Raises:
        Unavailable: it cannot be written.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Unavailable(f"the report cannot be written ({error.strerror}); name another file with {option}") from None
