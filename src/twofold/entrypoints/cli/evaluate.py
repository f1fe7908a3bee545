"""``twofold evaluate``: how good is it, honestly, on one's own data, anybody's files or a public data set?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twofold.domain.errors import InvalidInput
from twofold.entrypoints.cli.chosen_options import (
    STANDARD_OUTPUT,
    DataFolder,
    EventsFile,
    JsonFile,
    PeopleFile,
    PublicSet,
    Seed,
    check_writable,
    write,
)
from twofold.entrypoints.cli.evaluation.tables import say_document
from twofold.entrypoints.cli.options import AsOf, DatabaseUrl, DataDir, settings_of
from twofold.entrypoints.cli.output import emit_json, note
from twofold.entrypoints.cli.progress import Report, progress
from twofold.evaluation.document import Document


def evaluate(
    dataset: PublicSet = None,
    data: DataFolder = None,
    people: PeopleFile = None,
    events: EventsFile = None,
    json_file: JsonFile = None,
    html_file: Annotated[
        Path | None,
        typer.Option("--html", metavar="OUT", help="Write the report as one self-contained page.", show_default=False),
    ] = None,
    as_of: AsOf = "now",
    seed: Seed = 0,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Measure how good P(like) and the lists are, beside what they have to beat.

    On your stored data, on files that are read aside (people may be missing), or on a public data set. The product is
    trained on the past alone (your models and what serves are not touched), lists are frozen at the cut and compared
    with what people did after it, beside random lists, popularity and other baselines, free and when nobody may be
    shown more than 50 times, always with whom they show. Without times there is P(like) only. Intervals are 95 %.

    \b
    Examples:
      twofold evaluate --as-of last
      twofold evaluate --people people.csv --events events.csv --html report.html
      twofold evaluate bitcoin-otc --data data --json report.json
      twofold evaluate --json - | jq '.systems.twofold.lists'
    """
    _check(dataset, data, people, events)
    check_writable(json_file, "--json")
    check_writable(html_file, "--html")
    quiet = json_file == STANDARD_OUTPUT
    with progress(quiet=quiet) as report:
        if events is not None:
            document = _files(people, events, seed, report)
        elif dataset is not None and data is not None:
            document = _public(dataset, data, seed, report)
        else:
            document = _stored(data_dir, database_url, as_of, seed, report)
    _hand_out(document, json_file, html_file)


def _check(dataset: str | None, data: Path | None, people: Path | None, events: Path | None) -> None:
    if (dataset is None) != (data is None):
        raise InvalidInput("DATASET", "a data set's name together with --data DIR, its folder")
    if dataset is not None and (people or events):
        raise InvalidInput("DATASET", "either a data set, or --events (and --people), or neither for your stored data")
    if people is not None and events is None:
        raise InvalidInput("--people", "--events with it: without events there is nothing to measure")


# The work imports what fits models, which takes seconds: no other command shall wait for it.
def _files(people: Path | None, events: Path, seed: int, report: Report) -> Document:
    from twofold.entrypoints.cli.evaluation.work import evaluate_files

    return evaluate_files(people, events, seed, report)


def _public(dataset: str, data: Path, seed: int, report: Report) -> Document:
    from twofold.entrypoints.cli.evaluation.work import evaluate_public

    return evaluate_public(dataset, data, seed, report)


def _stored(data_dir: Path | None, database_url: str | None, as_of: str, seed: int, report: Report) -> Document:
    from twofold.entrypoints.cli.evaluation.work import evaluate_stored

    return evaluate_stored(settings_of(data_dir, database_url), as_of, seed, report)


def _hand_out(document: Document, json_file: Path | None, html_file: Path | None) -> None:
    from twofold.entrypoints.cli.evaluation.work import encoded
    from twofold.evaluation.page.page import page_of

    if html_file is not None:
        write(html_file, page_of(document).encode(), "--html")
    if json_file == STANDARD_OUTPUT:
        emit_json(document)
        return
    if json_file is not None:
        write(json_file, encoded(document), "--json")
    say_document(document)
    for path in (json_file, html_file):
        if path is not None:
            note(f"written: {path}")
