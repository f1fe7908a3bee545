"""``twofold bench``: how fast and how good, measured on this machine."""

from __future__ import annotations

from typing import Annotated

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
    hand_out,
)
from twofold.entrypoints.cli.options import AsOf, DatabaseUrl, DataDir, settings_of
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
    hand_out(found, json_file, say_candidates)


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
    training: Annotated[
        bool, typer.Option("--beside-training", help="Measure the first row again while a training runs.")
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
    ratio; --beside-training what lists cost while both stages are trained at the lowest priority. What each figure
    means: docs/performance.md.

    \b
    Examples:
      twofold bench serving
      twofold bench serving --people 1000000 --baseline --json serving.json
      twofold bench serving --people 100000 --workers 4 --rate 500 --seconds 60
    """
    from twofold.entrypoints.cli.benching.serving import Load, bench_serving
    from twofold.entrypoints.cli.benching.serving_table import say_serving

    asked = asked_of(people, seed, keep, unlimited)
    load = Load(workers, rate, seconds, baseline, training)
    measured(json_file, lambda report: bench_serving(asked, load, report), say_serving)


@commands.command()
def startup(
    people: PeopleInWorld = 10_000,
    seed: WorldSeed = 0,
    unlimited: Unlimited = 0.05,
    workers: Annotated[int, typer.Option(min=1, max=64, metavar="W", help="Server processes, started at once.")] = 1,
    rounds: Annotated[int, typer.Option(min=1, max=100, metavar="N", help="How often to start.")] = 3,
    keep: KeepDir = None,
    json_file: JsonFile = None,
) -> None:
    """How long servers take until they answer, and what they hold then.

    Starts and stops real servers on a copy of the kept world, with its model: seconds until they answer, their first
    list and the next one, memory; the last time also the most memory they hold while they change to a newer snapshot.

    \b
    Examples:
      twofold bench startup
      twofold bench startup --people 1000000 --workers 2 --json startup.json
    """
    from twofold.entrypoints.cli.benching.startup import bench_startup, say_startup

    asked = asked_of(people, seed, keep, unlimited)
    measured(json_file, lambda report: bench_startup(asked, workers, rounds, report), say_startup)


@commands.command()
def ingest(
    people: PeopleInWorld = 10_000,
    seed: WorldSeed = 0,
    unlimited: Unlimited = 0.05,
    events: Annotated[int, typer.Option(min=1, metavar="N", help="Events to send.")] = 200_000,
    batch: Annotated[int, typer.Option(min=1, max=10_000, metavar="N", help="Events in one request.")] = 1_000,
    clients: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="How many send at once.")] = 2,
    keep: KeepDir = None,
    json_file: JsonFile = None,
) -> None:
    """Events over HTTP: how many a second, and how long a block waits meanwhile.

    Sends events with random client ids in batches to a real server on a copy of the kept world; each batch is
    acknowledged after its commit. Beside them single blocks are sent at a fixed rate: what matters to people must not
    wait for what is flushed.

    \b
    Examples:
      twofold bench ingest
      twofold bench ingest --people 1000000 --batch 5000 --json ingest.json
    """
    from twofold.entrypoints.cli.benching.ingest import bench_ingest, say_ingested

    asked = asked_of(people, seed, keep, unlimited)
    measured(json_file, lambda report: bench_ingest(asked, events, batch, clients, report), say_ingested)


@commands.command()
def training(
    people: PeopleInWorld = 10_000,
    seed: WorldSeed = 0,
    unlimited: Unlimited = 0.05,
    keep: KeepDir = None,
    json_file: JsonFile = None,
) -> None:
    """Seconds per stage of a training, beside the factorisation library's own fit.

    Trains both stages on a copy of the kept world in a process of its own, as `twofold train` does: seconds per stage
    and the most memory it held; then the implicit library's own fit on the same likes.

    \b
    Examples:
      twofold bench training
      twofold bench training --people 1000000 --json training.json
    """
    # Late: it imports what fits models, and no other command shall wait for that.
    from twofold.entrypoints.cli.benching.training import bench_training, say_training

    asked = asked_of(people, seed, keep, unlimited)
    measured(json_file, lambda report: bench_training(asked, report), say_training)


@commands.command()
def retrieval(
    people: PeopleInWorld = 10_000,
    seed: WorldSeed = 0,
    unlimited: Unlimited = 0.05,
    viewers: Annotated[int, typer.Option(min=1, metavar="N", help="Viewers of each row.")] = 300,
    keep: KeepDir = None,
    json_file: JsonFile = None,
) -> None:
    """The index of the first stage against exact search, among the people one may see.

    On two worlds, one of heavy-tailed and one of flat popularity, for viewers with and without a limit of distance:
    recall@100 and milliseconds on one thread of telling who is eligible and of the search among them.

    \b
    Examples:
      twofold bench retrieval
      twofold bench retrieval --people 1000000 --viewers 1000 --json retrieval.json
    """
    from twofold.entrypoints.cli.benching.retrieval import bench_retrieval, say_retrieval

    asked = asked_of(people, seed, keep, unlimited)
    measured(json_file, lambda report: bench_retrieval(asked, viewers, report), say_retrieval)
