"""``twofold export training-set``: what the ranker learns from, for tools of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from twofold.bootstrap import order_of
from twofold.entrypoints.cli.options import AsJson, AsOf, DatabaseUrl, DataDir, opened_store, resolve, settings_of
from twofold.entrypoints.cli.output import count, emit_json, say, say_facts
from twofold.entrypoints.cli.progress import progress
from twofold.entrypoints.cli.train import stages
from twofold.features.spec import version_of
from twofold.services.training import TrainingService

commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@commands.callback()
def export() -> None:
    """Take data out, for tools of your own."""


@commands.command("training-set")
def training_set(
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FILE", help="The Parquet file to write; one that is there is replaced."),
    ],
    as_of: AsOf = "now",
    features: Annotated[
        str | None,
        typer.Option(
            "--features", metavar="VERSION", help="Feature version. Default: as configured.", show_default=False
        ),
    ] = None,
    delay_days: Annotated[
        float | None,
        typer.Option(
            "--delay-days",
            metavar="D",
            help="By how much features look back from decisions that answer no list. Default: as configured.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The seed of the training it is to equal.")] = 0,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the rows that `twofold train` with the same options fits its ranker on, as Parquet.

    One row per decision after the early half: who decided what about whom, and each feature as of the moment and log
    position at which serving made, or would have made, the list. What the rows are stands in the file's metadata as
    JSON, under the key twofold. It needs pyarrow: pip install "twofold[parquet]".

    \b
    Examples:
      twofold export training-set --out rows.parquet
      twofold export training-set --as-of 2026-06-01 --features v1 --delay-days 0 --out rows.parquet
    """
    settings = settings_of(data_dir, database_url, features=features, feature_delay_days=delay_days)
    version_of(settings.features)
    with opened_store(settings) as store:
        resolve(as_of, store)
    service = TrainingService(settings.url, settings.models_dir)
    order = order_of(settings, None if as_of == "now" else as_of, seed)
    with progress(quiet=as_json) as report:
        made = service.export(order, out, report)
    if as_json:
        emit_json(made)
    else:
        say_export(made)


def say_export(made: dict[str, Any]) -> None:
    """What was written, of what, and how long it took."""
    rows, metadata = made["rows"], made["metadata"]
    say(f"Wrote {count(rows['rows'])} rows to {made['path']}.", "")
    say_facts(
        {
            "decisions": f"{count(rows['decisions'])} of {count(rows['people'])} people",
            "of lists shown": count(rows["of_lists_shown"]),
            "features": f"{metadata['feature_version']}, hash {metadata['feature_hash']}",
            "log position": count(metadata["log_position"]),
            "seconds": f"{sum(made['seconds'].values()):.1f} ({stages(made['seconds'])})",
        }
    )
