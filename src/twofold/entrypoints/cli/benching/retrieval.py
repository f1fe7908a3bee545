"""The work of ``twofold bench retrieval``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import msgspec
import numpy as np

from twofold.bench.report import Heading
from twofold.bench.retrieval import EligibleOf, Retrieval, RetrievalRow, SourcesOf
from twofold.bootstrap import assemble
from twofold.domain.candidate import Keys
from twofold.domain.errors import Refused
from twofold.entrypoints.cli.benching.asked import Asked
from twofold.entrypoints.cli.benching.machine import heading_facts
from twofold.entrypoints.cli.benching.worlds import KeptWorld, trained_world
from twofold.entrypoints.cli.output import count, figure, say, say_facts, say_table
from twofold.entrypoints.cli.progress import Report
from twofold.models.halves import as_single
from twofold.pipeline.query import Query
from twofold.pipeline.trace import Trace
from twofold.services.live import Generation
from twofold.simulation.world.shape import NOW


class RetrievalReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole benchmark: two worlds, viewers with and without a limit of distance."""

    heading: Heading
    rows: list[RetrievalRow]


def bench_retrieval(asked: Asked, viewers: int, report: Report) -> RetrievalReport:
    """The index of the model that serves, in this process, on one thread."""
    world = asked.world(report)
    heading = Heading.of("retrieval", asked.facts(world))
    flat = replace(asked, shape=replace(asked.shape, flat=True)).world(report)
    rows = []
    for each in (world, flat):
        trained_world(each, report)
        report("search", 0.0)
        rows += _rows(each, viewers)
    return RetrievalReport(heading=heading, rows=rows)


def _rows(world: KeptWorld, viewers: int) -> list[RetrievalRow]:
    with world.copy() as settings, closing(assemble(settings, record=False)) as product, product.live.lock:
        generation = product.live.current()
        retrieval = retrieval_of(generation, "flat" if world.shape.flat else "heavy-tailed")
        rng = np.random.default_rng(world.shape.seed)
        rows = []
        for limit in (True, False):
            pool = rng.permutation(world.pool(unlimited=not limit))
            known = pool[_has_viewer(generation, pool)]
            rows.append(retrieval.measure(known[:viewers], limit))
        return rows


def retrieval_of(generation: Generation, world: str) -> Retrieval:
    """A generation's index with its filters: the one place that knows how the product searches."""
    model = generation.model
    if model is None or model.vectors is None or model.taste is None:
        raise Refused("no_model", "there is no trained model to search with")
    taste, vectors = model.taste, model.vectors
    return Retrieval(
        world=world,
        viewers=vectors.viewers,
        candidates=as_single(vectors.candidates),
        has=vectors.has_candidate,
        eligible_of=_eligible(generation),
        search=lambda vector, eligible, k: taste.search(vector, eligible, k)[0],
        sources_of=_sources(generation),
    )


def _sources(generation: Generation) -> SourcesOf:
    """The sources that serve, asked for as many people as a list of 20 takes."""
    pipeline = generation.pipeline

    def sources_of(viewer: int, eligible: Keys) -> Iterator[str]:
        query = Query(request_id="bench", viewer=viewer, as_of=NOW, limit=20, rng=np.random.default_rng(viewer))
        for source in pipeline.sources:
            source.candidates(query, eligible, pipeline.candidates)
            yield source.name

    return sources_of


def _eligible(generation: Generation) -> EligibleOf:
    """The keys that all filters keep."""
    pipeline, rng = generation.pipeline, np.random.default_rng(0)

    def eligible_of(viewer: int) -> Keys:
        query = Query(request_id="bench", viewer=viewer, as_of=NOW, limit=20, rng=rng)
        keys = pipeline.reached(query, Trace()).keys
        for each in pipeline.filters:
            keys = keys[each.judge(query, keys) == 0]
        return keys

    return eligible_of


def _has_viewer(generation: Generation, keys: Keys) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    assert generation.model is not None
    assert generation.model.vectors is not None
    return generation.model.vectors.knows_viewers(keys)


def say_retrieval(report: RetrievalReport) -> None:
    """One row per world and kind of viewer."""
    say_facts(heading_facts(report.heading) | {"searched": "the 100 nearest, one thread, in process, warm"})
    say("")
    headers = ["popularity", "distance", "viewers", "eligible", "recall@100", "p50 ms", "p99 ms", "filter p50"]
    headers += ["filter p99", "index p50", "index p99", "exact p50", "exact p99"]
    cells = [
        [
            row.world,
            "limited" if row.limit else "any",
            count(row.viewers),
            f"{row.eligible:,.0f}",
            figure(row.recall, 4),
            *(
                figure(each, 3)
                for spread in (row.ms, row.filter_ms, row.search_ms, row.exact_ms)
                for each in (spread.p50, spread.p99)
            ),
        ]
        for row in report.rows
    ]
    say_table(headers, cells, right=headers[2:])
    say("", "p50 and p99: telling who is eligible, and the index's search among them. Exact: all products instead.")
    say("", "Sources of candidates, each asked alone for as many people as a list takes", "")
    names = list(dict.fromkeys(name for row in report.rows for name in row.sources_ms))
    titles = [f"{row.world}, {'limited' if row.limit else 'any'}" for row in report.rows]
    headers = ["source", *(f"{title} {figure_}" for title in titles for figure_ in ("p50 ms", "p99 ms"))]
    say_table(headers, [[name, *_source_cells(report.rows, name)] for name in names], right=headers[1:])


def _source_cells(rows: list[RetrievalRow], name: str) -> list[str]:
    spreads = [row.sources_ms.get(name) for row in rows]
    return [
        "-" if spread is None else figure(each, 3)
        for spread in spreads
        for each in ((0.0, 0.0) if spread is None else (spread.p50, spread.p99))
    ]
