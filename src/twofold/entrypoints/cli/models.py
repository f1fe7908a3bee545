"""``twofold models list|show|compare|promote|rollback|audit``: which model serves, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from twofold.bootstrap import rankers_of
from twofold.domain.errors import TwofoldError
from twofold.domain.model import ModelRecord
from twofold.domain.time import system_clock
from twofold.entrypoints.cli.comparison import comparison
from twofold.entrypoints.cli.options import AsJson, DatabaseUrl, DataDir, opened_store, settings_of
from twofold.entrypoints.cli.output import count, emit_json, figure, moment_text, say, say_facts, say_table
from twofold.entrypoints.cli.progress import progress
from twofold.entrypoints.cli.verdicts import say_trail, say_verdict, trail_document, verdict_document
from twofold.entrypoints.schemas import ModelOut
from twofold.models.registry import Registry
from twofold.services.promotion import PromotionService
from twofold.training.recipe import Recipe

Version = Annotated[
    str, typer.Argument(metavar="VERSION", help="As `twofold models list` shows it.", show_default=False)
]

ACTOR = "cli"  # in the audit trail

commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@commands.callback()
def models() -> None:
    """See, compare, promote and roll back trained models.

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
    """Show one version: what it was trained on and how, its figures and its coefficients.

    \b
    Example:
      twofold models show m0002
    """
    with _registry(data_dir, database_url) as registry:
        record = registry.get(version)
        recipe = None if as_json else recipe_words(registry, record)
    if as_json:
        emit_json(document(record))
    else:
        say_record(record, recipe)


@commands.command()
def compare(
    version: Version, as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Measure a version beside the one that serves, by the promotion rule; the verdict is kept for promote.

    The rule: P(like) better by log loss, the 95 % interval of the difference off zero; mutual matches in the lists not
    worse by more than 1 %; well calibrated; exposure not less even by more than 0.02 (Gini); decisions of and on
    newcomers not worse. It takes minutes: both are trained aside on the earlier decisions and measured on the later.

    \b
    Example:
      twofold models compare m0002
    """
    with _promotion(data_dir, database_url, quiet=as_json) as promotion:
        found = promotion.compare(version, ACTOR)
    if as_json:
        emit_json(verdict_document(found))
    else:
        say_verdict(found)


@commands.command()
def promote(
    version: Version,
    force: Annotated[
        bool, typer.Option("--force", help="Serve it whatever the promotion rule says, at once; that is on record.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a version the one that serves, if it is measurably better than the one that does.

    Its files are verified, and it has to pass the rule of `twofold models compare`, which is measured now unless it has
    been. The first version, and the first that can rank, need no comparison.

    \b
    Example:
      twofold models promote m0002
    """
    with _promotion(data_dir, database_url, quiet=as_json) as promotion:
        record = promotion.promote(version, ACTOR, force)
    _say_champion(record, as_json)


@commands.command()
def rollback(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Serve again what served before the present champion.

    \b
    Example:
      twofold models rollback
    """
    with _promotion(data_dir, database_url) as promotion:
        record = promotion.rollback(ACTOR)
    _say_champion(record, as_json)


@commands.command()
def audit(
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="So many, the latest.")] = 50,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show what was done to models, newest first: comparisons, promotions, rollbacks, by which way in.

    \b
    Example:
      twofold models audit --limit 10
    """
    with _promotion(data_dir, database_url) as promotion:
        entries = promotion.audit(limit)
    if as_json:
        emit_json(trail_document(entries))
    elif not entries:
        say("Nothing was done to models yet.")
    else:
        say_trail(entries)


@contextmanager
def _registry(data_dir: Path | None, database_url: str | None) -> Iterator[Registry]:
    settings = settings_of(data_dir, database_url)
    with opened_store(settings) as store:
        yield Registry(store, settings.models_dir, system_clock, rankers_of)


@contextmanager
def _promotion(data_dir: Path | None, database_url: str | None, quiet: bool = True) -> Iterator[PromotionService]:
    """The service; unless ``quiet``, comparisons say how far they are."""
    settings = settings_of(data_dir, database_url)
    with opened_store(settings) as store, progress(quiet=quiet) as report:
        registry = Registry(store, settings.models_dir, system_clock, rankers_of)
        yield PromotionService(registry, store, comparison(settings, store, report), system_clock)


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


def recipe_words(registry: Registry, record: ModelRecord) -> str:
    """How a version was trained, or why nobody can tell."""
    try:
        kept = registry.recipe(record.version)
        return "not kept" if kept is None else Recipe.from_document(kept).words
    except TwofoldError as error:
        return f"unknown: {error}"


def say_record(record: ModelRecord, recipe: str | None = None) -> None:
    """Everything about one version."""
    say_facts(
        {
            "version": record.version,
            "state": record.state,
            "type": record.type,
            "features": record.feature_version or "none: the first stage alone",
            **({} if recipe is None else {"recipe": recipe}),
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
