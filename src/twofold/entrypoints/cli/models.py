"""``twofold models list|show|promote|rollback``: which model serves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from twofold.bootstrap import ranker_of
from twofold.domain.model import ModelRecord
from twofold.domain.time import system_clock
from twofold.entrypoints.cli.options import AsJson, DatabaseUrl, DataDir, opened_store, settings_of
from twofold.entrypoints.cli.output import count, emit_json, figure, moment_text, say, say_facts, say_table
from twofold.entrypoints.schemas import ModelOut
from twofold.models.registry import Registry

Version = Annotated[
    str, typer.Argument(metavar="VERSION", help="As `twofold models list` shows it.", show_default=False)
]

commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@commands.callback()
def models() -> None:
    """See, promote and roll back trained models.

    The champion serves. A newer version waits as the candidate until it is promoted. Running servers follow within a
    second, without a restart.
    """


@commands.command("list")
def list_(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Show all versions, newest first, with how well they predicted decisions they had not seen.

    AUC: the chance that somebody liked is scored above somebody who was not (0.5 is guessing). Log loss: lower is
    better; beside it the one of always saying the average.

    \b
    Example:
      twofold models list
    """
    with _registry(data_dir, database_url) as registry:
        records = registry.list()
        champion, waiting = registry.champion(), registry.candidate()
    if as_json:
        emit_json(
            {
                "champion": None if champion is None else champion.version,
                "candidate": None if waiting is None else waiting.version,
                "models": [document(record) for record in records],
            }
        )
    elif not records:
        say("There is no model yet; `twofold train` makes one. Until then a heuristic orders the lists.")
    else:
        say_records(records, None if waiting is None else waiting.version)


@commands.command()
def show(version: Version, as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Show one version: what it was trained on, its figures and its coefficients.

    \b
    Example:
      twofold models show m0002
    """
    with _registry(data_dir, database_url) as registry:
        record = registry.get(version)
    if as_json:
        emit_json(document(record))
    else:
        say_record(record)


@commands.command()
def promote(
    version: Version, as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Make a version the one that serves. Its files are verified first.

    \b
    Example:
      twofold models promote m0002
    """
    with _registry(data_dir, database_url) as registry:
        record = registry.promote(version)
    _say_champion(record, as_json)


@commands.command()
def rollback(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Serve again what served before the present champion.

    \b
    Example:
      twofold models rollback
    """
    with _registry(data_dir, database_url) as registry:
        record = registry.rollback()
    _say_champion(record, as_json)


@contextmanager
def _registry(data_dir: Path | None, database_url: str | None) -> Iterator[Registry]:
    settings = settings_of(data_dir, database_url)
    with opened_store(settings) as store:
        yield Registry(store, settings.models_dir, system_clock, ranker_of)


def _say_champion(record: ModelRecord, as_json: bool) -> None:
    if as_json:
        emit_json(document(record))
    else:
        say(f"{record.version} serves now; running servers follow within a second.")


def document(record: ModelRecord) -> object:
    """A version as HTTP gives it."""
    return ModelOut.of(record).model_dump(mode="json")


def say_records(records: Sequence[ModelRecord], waiting: str | None) -> None:
    """One line per version."""
    rows = [
        (
            record.version,
            record.state + (" (waiting)" if record.version == waiting and record.state == "candidate" else ""),
            record.type,
            record.feature_version or "-",
            moment_text(record.as_of),
            figure(record.metrics.get("auc")),
            f"{figure(record.metrics.get('log_loss'))} ({figure(record.metrics.get('base_log_loss'))})",
        )
        for record in records
    ]
    headers = ("version", "state", "type", "features", "trained on all before", "AUC", "log loss (base)")
    say_table(headers, rows, right=("AUC", "log loss (base)"))


def say_record(record: ModelRecord) -> None:
    """Everything about one version."""
    say_facts(
        {
            "version": record.version,
            "state": record.state,
            "type": record.type,
            "features": record.feature_version or "none: the first stage alone",
            "made": moment_text(record.created_at),
            "trained on": f"all before {moment_text(record.as_of)}, log position {count(record.log_position)}",
            "artifact": f"{record.artifact}, manifest SHA-256 {record.digest}",
        }
    )
    if record.metrics:
        say("")
        say_table(("figure", "value"), [(name, f"{value:.6g}") for name, value in record.metrics.items()], ("value",))
    if record.coefficients:
        say("")
        by_weight = sorted(record.coefficients.items(), key=lambda each: -abs(each[1]))
        rows = [(name, f"{value:+.4f}") for name, value in by_weight]
        say_table(("feature", "coefficient (standardised)"), rows, ("coefficient (standardised)",))
