"""``twofold train``: fit both stages on what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from twofold.bootstrap import order_of
from twofold.entrypoints.cli.options import AsJson, AsOf, DatabaseUrl, DataDir, opened_store, resolve, settings_of
from twofold.entrypoints.cli.output import count, emit_json, figure, say, say_table
from twofold.entrypoints.cli.progress import progress
from twofold.features.spec import version_of
from twofold.services.training import TrainingService


def train(
    as_of: AsOf = "now",
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same seed and data give the same model.")] = 0,
    ranker: Annotated[
        str | None,
        typer.Option(metavar="TYPE", help="logistic or gbdt. Default: as configured.", show_default=False),
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="Feature version of the ranker: v1 or v2. Default: as configured.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Train both stages on what people did.

    From 100 decisions (like, super_like, dislike, pass) the collaborative model of stage 1 is trained, from 1,000 the
    ranking model of stage 2 as well; below that it says what is missing. The first model serves at once. Later ones
    wait until you promote them: compare them with `twofold models list`, then `twofold models promote VERSION`.

    A running server trains its first models by itself; train again when much has happened since.

    \b
    Examples:
      twofold train
      twofold train --as-of last            # data of the past: train on everything up to the last event
      twofold train --as-of 2026-06-01 --seed 7 --json
      twofold train --ranker gbdt --features v2
    """
    settings = settings_of(data_dir, database_url, ranker=ranker, features=features)
    version_of(settings.features)
    with opened_store(settings) as store:
        resolve(as_of, store)
    service = TrainingService(settings.url, settings.models_dir, settings.snapshots_dir)
    order = order_of(settings, None if as_of == "now" else as_of, seed)
    with progress(quiet=as_json) as report:
        made = service.train(order, report)
    if as_json:
        emit_json(made)
    else:
        say_training(made)


FIGURES = (
    ("later likes among the top 20", "recall_at_20", "popularity_recall_at_20", "popularity"),
    ("AUC (0.5 is guessing)", "auc", None, "0.500 guessing"),
    ("log loss (lower is better)", "log_loss", "base_log_loss", "always the average"),
    ("calibration error", "ece", None, "0 is perfect"),
)
"""Each figure with the one to compare it with: a metric and its name, or words."""


def say_training(report: dict[str, Any]) -> None:
    """What was trained, how good it is, what was not and why, and what to do next."""
    rows, version = report["rows"], report["version"]
    say(f"Looked at {count(rows['decisions'])} decisions of {count(rows['people'])} people.")
    if report["trained"]:
        say(f"Trained: {' and '.join(report['trained'])} model, as version {version}.")
    for what, why in report["skipped"]:
        say(f"Not trained: {what}: {why}.", style="yellow")
    if figures := figures_of(report["metrics"]):
        say("", "Measured on later decisions than the fit saw:", "")
        say_table(("figure", "value", "compare"), figures, right=("value",))
    say("", f"{sum(report['seconds'].values()):.1f} s ({stages(report['seconds'])})", "", next_step(report))


def figures_of(metrics: Mapping[str, float]) -> list[tuple[str, str, str]]:
    """The figures there are, each beside what it has to be compared with."""
    found = []
    for title, name, other, words in FIGURES:
        if metrics.get(name) is not None:
            beside = words if other is None else f"{figure(metrics.get(other))} {words}"
            found.append((title, figure(metrics[name]), beside))
    return found


def stages(seconds: Mapping[str, float]) -> str:
    """Seconds per stage.

    >>> stages({"read": 1.26, "write": 0.5})
    'read 1.3, write 0.5'
    """
    return ", ".join(f"{stage} {spent:.1f}" for stage, spent in seconds.items())


def next_step(report: Mapping[str, Any]) -> str:
    """What to do now."""
    version = report["version"]
    if version is None:
        return "Lists go on as before. Bring in more events, then train again."
    if report["promoted"]:
        return f"{version} serves from now on. Look at a list: twofold recommend PERSON"
    return f"{version} waits. To let it serve, if it is measurably better: twofold models promote {version}"
