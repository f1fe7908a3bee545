"""``twofold tune``: which quotas of the sources serve these data best, and is it more than chance?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twofold.configuration import lines_of, read, save_shares, with_shares
from twofold.domain.errors import InvalidInput
from twofold.entrypoints.cli.chosen_options import (
    STANDARD_OUTPUT,
    DataFolder,
    Dataset,
    EventsFile,
    JsonFile,
    PeopleFile,
    Seed,
    TownOf,
    check_writable,
    hand_out,
)
from twofold.entrypoints.cli.evaluation.tuning_table import say_tuning
from twofold.entrypoints.cli.options import AsOf, DatabaseUrl, DataDir, settings_of
from twofold.entrypoints.cli.output import note
from twofold.entrypoints.cli.progress import progress
from twofold.evaluation.tuning.document import Tuning

METRICS = ("both", "recall", "mutual")


def tune(
    dataset: Dataset = None,
    data: DataFolder = None,
    people: PeopleFile = None,
    events: EventsFile = None,
    town: TownOf = None,
    metric: Annotated[
        str, typer.Option(metavar="METRIC", help="recall, mutual, or both: the mean of the two.")
    ] = "both",
    budget: Annotated[int, typer.Option(min=4, metavar="N", help="Try at most so many quotas.")] = 300,
    to_write: Annotated[
        bool, typer.Option("--write/--no-write", help="Write better quotas into the configuration file.")
    ] = True,
    force: Annotated[
        bool, typer.Option("--force", help="Write them even if the gain may be chance.", show_default=False)
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Write into this file instead of the data folder's.", show_default=False
        ),
    ] = None,
    json_file: JsonFile = None,
    as_of: AsOf = "now",
    seed: Seed = 0,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Tune the quotas of the sources, and write them if they are better.

    Both stages are trained aside on the first 70 % of the decisions; lists frozen there are measured on the next 10 %,
    the last 20 % are not looked at. Quotas are searched step by step from balanced, document and equal ones by half of
    the viewers; the other half tells whether the best is better than balanced. If its interval is not above zero the
    configuration stays as it is: a quota chosen by noise is no gain. Each source's worth is told, alone and left out.

    Written is the table [shares] of twofold.toml in the data folder, nothing else in it; a running server reads it when
    it is started again. For files, public sets and towns the lines are printed, or written with --out.

    \b
    Examples:
      twofold tune --as-of last
      twofold tune --metric mutual --no-write
      twofold tune --people people.csv --events events.csv --out twofold.toml
      twofold tune bitcoin-otc --data data --json tuning.json
    """
    if metric not in METRICS:
        raise InvalidInput("--metric", f"one of {', '.join(METRICS)}")
    from twofold.entrypoints.cli.evaluation.chosen import Choice
    from twofold.entrypoints.cli.evaluation.tuning import tuned

    settings = settings_of(data_dir, database_url)
    choice = Choice(settings=settings, dataset=dataset, data=data, people=people, events=events, town=town, as_of=as_of)
    choice.check()
    check_writable(json_file, "--json")
    target = out or (settings.configuration_file if choice.stored else None)
    if to_write and target is not None:
        with_shares(read(target), {})  # what cannot be written is told before the work
    with progress(quiet=json_file == STANDARD_OUTPUT) as report:
        found = tuned(choice, metric, budget, seed, report)  # type: ignore[arg-type]
    hand_out(found, json_file, say_tuning)
    _keep(found, target if to_write else None, force=force)


def _keep(found: Tuning, target: Path | None, *, force: bool) -> None:
    """Write the quotas, or say why not and what to paste."""
    lines = ["[shares]", *lines_of(found.tuned.shares)]
    if not (found.better or force):
        note("The configuration stays as it is. To try these quotas all the same, use --force, or paste:", *lines)
    elif target is None:
        note("Put these lines into twofold.toml of the data folder:", *lines)
    else:
        save_shares(target, found.tuned.shares)
        note(f"written: [shares] in {target}")
