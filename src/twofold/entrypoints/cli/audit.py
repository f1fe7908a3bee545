"""``twofold audit features``: whether what served saw what the log gives, and how far features have moved."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from twofold.bootstrap import rankers_of
from twofold.domain.time import system_clock
from twofold.entrypoints.cli.options import AsJson, DatabaseUrl, DataDir, opened_store, settings_of
from twofold.entrypoints.cli.output import count, emit_json, figure, note, say, say_table
from twofold.models.registry import Registry
from twofold.services.audit import AuditService, Drift, FeatureAudit, FeatureFigures, ModelAudit

NOTHING = (
    "Nothing to audit: no list that was shown has kept its feature values. TWOFOLD_IMPRESSION_SAMPLE is the share of "
    "lists that do (default 0.01); serve with more of it, 1 for all, and audit again."
)

HEADERS = ("feature", "differ", "largest", "mean then", "mean now", "shift", "PSI", "known then", "known now")
COMPARED = 3  # so many of the columns are without drift

commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@commands.callback()
def audit() -> None:
    """Check that the product does what it says."""


@commands.command()
def features(
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="So many rows (people on lists), the latest.")
    ] = 10_000,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Compute the features of lists that were shown again, from the log, and compare them with what was served.

    Each row is looked at from its list's own moment and log position. None may differ: exit code 1 says that some do.
    Rows that differ because somebody was erased since are counted apart. Beside it, how far each feature has moved
    since training, in standard deviations and as population stability index (above 0.25 is customarily a shift).

    A sample of the lists keeps its values: TWOFOLD_IMPRESSION_SAMPLE, default 0.01.

    \b
    Examples:
      twofold audit features
      twofold audit features --limit 1000 --json
    """
    settings = settings_of(data_dir, database_url)
    with opened_store(settings) as store:
        registry = Registry(store, settings.models_dir, system_clock, rankers_of)
        found = AuditService(store, registry).features(limit)
    if as_json:
        emit_json(document(found))
    elif not found.looked_at:
        say(NOTHING)
    else:
        say_audit(found)
    if found.differ:
        raise typer.Exit(1)


def say_audit(found: FeatureAudit) -> None:
    """What was compared, what was not, and figures by model and feature."""
    say(
        f"Looked at {count(found.looked_at)} rows of lists that were shown: {count(found.differ)} differ "
        f"({found.share:.2%} of {count(found.rows)}; it must be none).",
        style="red" if found.differ else "",
    )
    if found.touched:
        say(f"{count(found.touched)} more differ and were touched by an erasure: the log is not what it was then.")
    for why, rows in found.skipped.items():
        note(f"{count(rows)} not compared: {why}.", style="yellow")
    for each in found.models:
        say("", f"{each.model}, features {each.features}, {count(each.rows)} rows", "")
        columns = len(HEADERS) if any(figures.drift for figures in each.figures) else COMPARED
        say_table(HEADERS[:columns], [_row(figures)[:columns] for figures in each.figures], HEADERS[1:])
        if columns == COMPARED:
            say("No drift: there are no figures of rows that it was trained on.")


def _row(figures: FeatureFigures) -> tuple[str, ...]:
    drift = figures.drift
    largest = "-" if not figures.differ else "unknown" if math.isinf(figures.largest) else f"{figures.largest:.3g}"
    compared = (figures.name, f"{figures.share:.2%}", largest)
    if drift is None:
        return (*compared, *["-"] * 6)
    moved = (figure(drift.then.mean), figure(drift.mean), figure(drift.shift, 2), figure(drift.psi, 2))
    return (*compared, *moved, f"{drift.then.known:.0%}", f"{drift.known:.0%}")


def document(found: FeatureAudit) -> object:
    """As JSON. ``largest`` is null where one of two values is not known."""
    return {
        "looked_at": found.looked_at,
        "rows": found.rows,
        "differ": found.differ,
        "share": found.share,
        "touched_by_erasure": found.touched,
        "not_compared": dict(found.skipped),
        "models": [_model(each) for each in found.models],
    }


def _model(each: ModelAudit) -> object:
    return {
        "model": each.model,
        "features": each.features,
        "rows": each.rows,
        "differ": each.differ,
        "touched_by_erasure": each.touched,
        "by_feature": {
            figures.name: {
                "differ": figures.differ,
                "share": figures.share,
                "largest": figures.largest if math.isfinite(figures.largest) else None,
                "drift": None if figures.drift is None else _drift(figures.drift),
            }
            for figures in each.figures
        },
    }


def _drift(drift: Drift) -> object:
    return {
        "mean": drift.mean,
        "standard_deviation": drift.scale,
        "known": drift.known,
        "training": {"mean": drift.then.mean, "standard_deviation": drift.then.scale, "known": drift.then.known},
        "shift": drift.shift,
        "psi": drift.psi,
    }
