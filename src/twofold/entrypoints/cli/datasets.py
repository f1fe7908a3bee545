"""``twofold datasets list|prepare``: public data sets as files that `twofold import` reads."""

from __future__ import annotations

import csv
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from twofold.entrypoints.cli.options import AsJson
from twofold.entrypoints.cli.output import count, emit_json, say, say_facts, say_table
from twofold.evaluation.datasets.catalog import DATASETS, prepare
from twofold.evaluation.datasets.prepared import PreparedSummary

commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@commands.callback()
def datasets() -> None:
    """Turn public data sets into files of people and events.

    Use them to try the whole thing on what real people did. You bring the files (docs/datasets.md says from where);
    nothing is downloaded.
    """


@commands.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show which data sets can be prepared, and which files they need.

    \b
    Example:
      twofold datasets list
    """
    if as_json:
        emit_json([{"name": each.name, "what": each.what, "files": each.files} for each in DATASETS])
        return
    rows = [(each.name, ", ".join(each.files) + " (each also .gz)", each.what) for each in DATASETS]
    say_table(("name", "files", "what it holds"), rows)


@commands.command("prepare")
def prepare_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One of `twofold datasets list`.", show_default=False)],
    source: Annotated[
        Path,
        typer.Option("--from", metavar="DIR", help="Folder of the set's files, or the one above.", show_default=False),
    ],
    target: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="Folder for the result; it is made.", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Write people.csv and events.csv of one data set, and print the commands to go on with.

    How each set is mapped to people and events is in docs/datasets.md.

    \b
    Example:
      twofold datasets prepare speed-dating --from data/speed-dating --to prepared
    """
    summary = prepare(name, source, target)
    steps = next_commands(summary)
    if as_json:
        emit_json({"written": summary, "next": steps})
        return
    say_facts(
        {
            "people": f"{count(summary.people)} in {summary.people_path}",
            "events": f"{count(summary.events)} in {summary.events_path}",
            **{f"left out, {reason}": count(rows) for reason, rows in summary.dropped.items()},
        }
    )
    say(*(f"Note: {sentence}" for sentence in summary.notes))
    say("", "Next, in a data folder of their own:", "", *(f"  {step}" for step in steps))


def next_commands(summary: PreparedSummary) -> list[str]:
    """What to type next, ready for a shell."""
    dataset = next(each for each in DATASETS if each.name == summary.name)
    admit = " --admit-age-unknown" if dataset.needs_age_unknown else ""
    folder, person = summary.people_path.parent, shlex.quote(_last_actor(summary.events_path))
    return [
        f"export TWOFOLD_DATA_DIR={shlex.quote(str(folder / 'data'))}",
        f"twofold import people {shlex.quote(str(summary.people_path))}{admit}",
        f"twofold import events {shlex.quote(str(summary.events_path))}",
        "twofold train --as-of last",
        f"twofold recommend {person} --as-of last",
        "twofold serve",
    ]


def _last_actor(events: Path) -> str:
    """Who acted in the last row: somebody with a history to recommend from."""
    with events.open(encoding="utf-8", newline="") as stream:
        return _last(row["actor"] for row in csv.DictReader(stream)) or "PERSON"


def _last(values: Iterable[str]) -> str | None:
    last = None
    for last in values:  # noqa: B007 - the value after the loop is wanted
        pass
    return last
