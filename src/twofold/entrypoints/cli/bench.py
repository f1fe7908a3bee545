"""``twofold bench``: how fast and how good, measured on this machine."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from twofold.entrypoints.cli.benching.options import (
    KeepDir,
    PeopleInWorld,
    Unlimited,
    WorldSeed,
    asked_of,
    measured,
)
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
    write,
)
from twofold.entrypoints.cli.options import AsOf, DatabaseUrl, DataDir, settings_of
from twofold.entrypoints.cli.output import emit_json, note
from twofold.entrypoints.cli.progress import progress

commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@commands.callback()
def bench() -> None:
    """Measure the product on this machine: time, beside what it is good for."""


@commands.command()
def candidates(
    dataset: Dataset = None,
    data: DataFolder = None,
    people: PeopleFile = None,
    events: EventsFile = None,
    town: TownOf = None,
    json_file: JsonFile = None,
    as_of: AsOf = "now",
    seed: Seed = 0,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Compare 10, 50, 100, 200 and 1,000 candidates, and scoring everyone.

    Both stages are trained aside on the first 80 % of the decisions; lists of 20 are made for up to 300 people who
    liked somebody new later, by each number of candidates in turn, in this process on one thread: time per list and
    stage, Recall@20 and mutual Recall@20. Times drift with the machine and what else runs on it; the ratio to 100
    candidates of the same run is what counts. Use it to choose TWOFOLD_CANDIDATES.

    \b
    Examples:
      twofold bench candidates --as-of last
      twofold bench candidates bitcoin-otc --data data
      twofold bench candidates --people people.csv --events events.csv
      twofold bench candidates --town 20000 --json candidates.json
    """
    # Late: it imports what fits models, and no other command shall wait for that.
    from twofold.entrypoints.cli.evaluation.bench_table import say_candidates
    from twofold.entrypoints.cli.evaluation.benchmark import bench_candidates
    from twofold.entrypoints.cli.evaluation.chosen import Choice

    settings = settings_of(data_dir, database_url)
    choice = Choice(settings=settings, dataset=dataset, data=data, people=people, events=events, town=town, as_of=as_of)
    choice.check()
    check_writable(json_file, "--json")
    with progress(quiet=json_file == STANDARD_OUTPUT) as report:
        found = bench_candidates(choice, seed, report)
    if json_file == STANDARD_OUTPUT:
        emit_json(found)
        return
    if json_file is not None:
        write(json_file, msgspec.json.encode(found) + b"\n", "--json")
    say_candidates(found)
    if json_file is not None:
        note(f"written: {json_file}")


@commands.command()
def serving(
    people: PeopleInWorld = 10_000,
    seed: WorldSeed = 0,
    unlimited: Unlimited = 0.05,
    workers: Annotated[int, typer.Option(min=1, max=64, metavar="W", help="Server processes.")] = 2,
    rate: Annotated[float, typer.Option(min=1, metavar="R", help="Requests a second, all workers together.")] = 200.0,
    seconds: Annotated[float, typer.Option(min=0.1, metavar="S", help="How long each row is measured.")] = 20.0,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Measure the founding sketch beside it, built to the letter.")
    ] = False,
    keep: KeepDir = None,
    json_file: JsonFile = None,
) -> None:
    """Lists over HTTP: latency at a fixed rate, throughput, memory, freshness.

    Draws a world of N people with about 27 events each, loads it and trains both stages (once; it is kept), starts real
    server processes on a copy, and asks them: open-loop over 64 connections with distinct viewers, so that no list
    comes from a cache, latency counted from the moment a request was meant to be sent; closed-loop for throughput;
    cached lists; time per stage; memory; how soon a like or block is obeyed.

    --baseline measures in the same run what the founding sketch costs on the same data, so that every figure has a
    ratio. What each figure means: docs/performance.md.

    \b
    Examples:
      twofold bench serving
      twofold bench serving --people 1000000 --baseline --json serving.json
      twofold bench serving --people 100000 --workers 4 --rate 500 --seconds 60
    """
    from twofold.entrypoints.cli.benching.serving import Load, bench_serving
    from twofold.entrypoints.cli.benching.tables import say_serving

    asked = asked_of(people, seed, keep, unlimited)
    load = Load(workers, rate, seconds, baseline)
    measured(json_file, lambda report: bench_serving(asked, load, report), say_serving)
