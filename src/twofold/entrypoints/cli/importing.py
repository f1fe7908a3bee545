"""``twofold import people|events``: files into the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twofold.domain.time import system_clock
from twofold.entrypoints.cli.options import AsJson, DatabaseUrl, DataDir, opened_store, settings_of
from twofold.entrypoints.cli.output import count, emit_json, note, say, say_facts, say_table
from twofold.entrypoints.cli.progress import Report, progress
from twofold.services.imports.importing import ImportEvents, ImportPeople
from twofold.services.imports.mapping import parse_columns, parse_kinds
from twofold.services.imports.summary import ImportSummary, Progress

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="CSV or JSON Lines (.csv, .jsonl, .ndjson, each also .gz) or .parquet.",
        show_default=False,
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="OURS=THEIRS", help="The file calls our column by another name; repeat.", show_default=False
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Judge every row and store nothing.")]
Rejects = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Where rows that are left out are listed. Default: FILE.rejects.csv.", show_default=False
    ),
]
AdmitAgeUnknown = Annotated[
    bool,
    typer.Option("--admit-age-unknown", help="Admit people without a birth date; it is recorded that they were."),
]

NOTHING_TAKEN = 2

commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@commands.callback()
def import_() -> None:
    """Bring people and events in from files.

    People first, then events. Importing again is harmless: people are updated, events that are there are not repeated.
    A bad row stops nothing: it is listed with its line and reason, and the rest is stored. When nothing at all could be
    taken, the exit code is 2.
    """


@commands.command()
def people(
    file: File,
    columns: Map = None,
    dry_run: DryRun = False,
    admit_age_unknown: AdmitAgeUnknown = False,
    rejects: Rejects = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Import or update people.

    Columns: id, birth_date, gender, seeking, place, lat, lon, interests, bio, min_age, max_age, max_distance_km,
    created_at, last_active_at, active. All but the id may be missing or empty, which means unknown; lists are
    separated by ";", times are ISO 8601 or Unix seconds. Somebody under the minimum age is always left out, and
    somebody without a birth date too, unless they are admitted.

    \b
    Examples:
      twofold import people people.csv --dry-run
      twofold import people people.csv
      twofold import people users.jsonl.gz --map id=user_id --map gender=sex
    """
    renamed = parse_columns(columns or ())
    settings = settings_of(data_dir, database_url, admit_age_unknown=admit_age_unknown or None)
    with opened_store(settings) as store, progress(quiet=as_json) as report:
        use_case = ImportPeople(store, system_clock, settings.admission)
        summary = use_case.run(
            file, columns=renamed, rejects=rejects, dry_run=dry_run, progress=_by_bytes("people", report)
        )
    _finish(summary, as_json)


@commands.command()
def events(
    file: File,
    columns: Map = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", metavar="THEIRS=OURS", help="The file calls our kind by another name; repeat.", show_default=False
        ),
    ] = None,
    dry_run: DryRun = False,
    create_people: Annotated[
        bool,
        typer.Option(
            "--create-people", help="Make people whom only events name; their age is unknown (--admit-age-unknown)."
        ),
    ] = False,
    admit_age_unknown: AdmitAgeUnknown = False,
    rejects: Rejects = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Import what people did to each other.

    Columns: actor, target, kind, at and, if there is one, id. Kinds: like, super_like, dislike, pass, view, message,
    unmatch, block, unblock, report; a match follows from mutual likes by itself. Times are ISO 8601 or Unix seconds. An
    event is known again by its id, or by the same actor, target and time.

    \b
    Examples:
      twofold import events events.csv
      twofold import events swipes.csv.gz --map actor=from --map target=to --kind right=like --kind left=pass
      twofold import events ratings.csv --create-people --admit-age-unknown
    """
    renamed, names = parse_columns(columns or ()), parse_kinds(kinds or ())
    settings = settings_of(data_dir, database_url, admit_age_unknown=admit_age_unknown or None)
    with opened_store(settings) as store, progress(quiet=as_json) as report:
        use_case = ImportEvents(store, system_clock, settings.admission)
        summary = use_case.run(
            file,
            columns=renamed,
            kinds=names,
            rejects=rejects,
            dry_run=dry_run,
            create_people=create_people,
            progress=_by_bytes("events", report),
        )
    _finish(summary, as_json)


def _by_bytes(stage: str, report: Report) -> Progress:
    def progressed(_rows: int, done: int, total: int) -> None:
        report(stage, done / total if total else 1.0)

    return progressed


def _finish(summary: ImportSummary, as_json: bool) -> None:
    if as_json:
        emit_json(summary)
    else:
        say_summary(summary)
    taken = summary.accepted + summary.updated + summary.unchanged + summary.repeated
    if summary.rejected and not taken:
        note("error: nothing was taken from this file", style="red")
        raise typer.Exit(NOTHING_TAKEN)


def say_summary(summary: ImportSummary) -> None:
    """The counts, what was left out and why, and what else should be known."""
    counts = {
        "would be taken" if summary.dry_run else "new": summary.accepted,
        "updated": summary.updated,
        "unchanged": summary.unchanged,
        "repeated": summary.repeated,
        "people made": summary.created_people,
        "left out": summary.rejected,
    }
    speed = f" in {summary.seconds:.1f} s" if summary.seconds else ""
    say_facts({"rows": count(summary.rows) + speed, **{name: count(value) for name, value in counts.items() if value}})
    if summary.reasons:
        say("")
        rows = [(reason, count(rows)) for reason, rows in summary.reasons.items()]
        say_table(("left out because", "rows"), rows, right=("rows",))
    if summary.rejects_path is not None:
        say(f"Each of them, with line and reason: {summary.rejects_path}")
    if summary.ignored_columns:
        say(f"Columns that were not read: {', '.join(summary.ignored_columns)}")
    if summary.incomplete is not None:
        say(f"The file is incomplete: {summary.incomplete}", style="yellow")
    if summary.dry_run:
        say("Dry run: nothing was stored.")
