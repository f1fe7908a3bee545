"""The main use case: whom should this person see next?"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from functools import partial
from math import inf
from os import urandom
from typing import Protocol

from twofold.domain.answer import Answer, Item
from twofold.domain.candidate import Doubles, Floats, Keys, Removed
from twofold.domain.errors import InvalidInput, NotFound, Refused
from twofold.domain.impression import ShownList
from twofold.domain.time import Clock, Micros
from twofold.observability import Metrics
from twofold.pipeline.engine import Outcome
from twofold.pipeline.guard import ComponentFailed
from twofold.pipeline.query import Query
from twofold.population.population import Population
from twofold.services.chance import Chance, fresh_chance
from twofold.services.exposure import ExposureLedger
from twofold.services.lists import ListCache
from twofold.services.live import Generation, Live
from twofold.services.made import MadeList

MOST_ITEMS = 200
MOST_EXCLUDED = 1_000
NO_REASON = "Recommended for you"
NOBODY: frozenset[int] = frozenset()
# Of a request id, written in hexadecimal.
ID_BYTES = 16


class Shown(Protocol):
    """Where impressions go (`effects.impressions.ImpressionLog`)."""

    def after(self, query: Query, shown: ShownList) -> None:
        """Record a list that was shown; returns at once."""

    def sampled(self, request_id: str) -> bool:
        """Whether what the ranker saw is recorded with a list."""


class RecommendService:
    """Makes lists, serves them again while they are right, and records what was shown.

    Args:
        live: the current generation.
        shown: where impressions go; None records nothing (an operator's look is no impression).
        chance: gives the generator of a request.
        ledger: counts who is shown how often; None counts nothing.
    """

    def __init__(
        self,
        live: Live,
        cache: ListCache,
        shown: Shown | None,
        metrics: Metrics,
        clock: Clock,
        default_length: int = 20,
        chance: Chance = fresh_chance,
        ledger: ExposureLedger | None = None,
    ) -> None:
        self._ledger, self._mark = ledger, ledger.mark if ledger else ""
        self._live, self._cache, self._shown, self._metrics = live, cache, shown, metrics
        self._clock, self._default_length, self._chance = clock, default_length, chance
        live.on_change(cache.follow)

    def recommend(
        self, person: str, limit: int | None = None, exclude: Collection[str] = (), model: str | None = None
    ) -> Answer:
        """The viewer's list.

        Args:
            limit: 1 to 200 people.
            exclude: ids to leave out of this list; unknown ones are ignored.
            model: the version to make it with, for a look: such a list is neither kept nor counted as shown. None: the
                one that serves.

        Raises:
            NotFound: there is no such person, or model.
            Refused: code ``inactive``, the person is not active; ``model_unusable``, the model cannot be served.
            Unavailable: it cannot be known who may be shown.
        """
        limit = checked_limit(limit, self._default_length)
        if len(exclude) > MOST_EXCLUDED:
            raise InvalidInput("exclude", f"at most {MOST_EXCLUDED} ids")
        start = time.perf_counter_ns()
        with self._live.lock:
            generation = self._live.current() if model is None else self._live.with_model(model)
            query = new_query(generation.population, person, limit, exclude, self._clock(), self._chance, self._mark)
            if model is not None:
                return self._make(generation, query, start).answer
            if self._ledger is not None:
                self._ledger.follow(generation.population.exposure, query.as_of)
            kept = self._again(generation, query, start)
            if kept is None:
                kept = self._make(generation, query, start)
                self._keep(query, kept)
            if self._ledger is not None:
                self._ledger.show(generation.population.exposure, kept.keys, query.as_of)
        if self._shown is not None:
            self._shown.after(query, kept.shown)
        return kept.answer

    def _again(self, generation: Generation, query: Query, start: int) -> MadeList | None:
        """The cached list with a new request id, if everybody on it may still be shown."""
        found = self._cache.get(query.viewer, (query.limit, query.exclude), model_version(generation))
        self._metrics.saw_cache(hit=found is not None)
        if found is None:
            return None
        if not _all_kept(generation, query, found.keys):
            self._cache.drop(query.viewer)
            return None
        spent = {"cache": _since(start)}
        answer = replace(found.answer, request_id=query.request_id, timings_ms=spent)
        self._metrics.saw_list(answer.model, answer.degraded, spent)
        # Nothing was ranked at this moment: values of the one at which the list was made would belie the audit.
        shown = replace(found.shown, request_id=query.request_id, at=query.as_of, features=None)
        return replace(found, answer=answer, shown=shown)

    def _keep(self, query: Query, made: MadeList) -> None:
        """Keep a list for the next time, unless it may be right for this moment alone."""
        # A list that a cap cut short is right until others count anew, which nothing tells the cache.
        cut = len(made.keys) < query.limit and Removed.EXPOSED.label in made.answer.removed
        if not (made.answer.degraded or cut):
            self._cache.put(query.viewer, made)

    def _make(self, generation: Generation, query: Query, start: int) -> MadeList:
        outcome, answer = generation.pipeline.together(query, partial(answered, generation, start))
        sampled = self._shown is not None and self._shown.sampled(query.request_id)
        shown = impressions_of(generation, query, outcome, answer, sampled)
        made = MadeList(
            recipe=(query.limit, query.exclude),
            model=model_version(generation),
            keys=shown.keys,
            sources=outcome.ranked.pool.sources,
            own=outcome.ranked.pool.own[outcome.picked],
            answer=answer,
            shown=shown,
        )
        self._metrics.saw_list(answer.model, answer.degraded, answer.timings_ms)
        self._metrics.saw_trace(outcome.trace.removed, outcome.trace.failed)
        return made


def checked_limit(limit: int | None, default: int) -> int:
    """The list length asked for, or the default."""
    if limit is None:
        return default
    if not 1 <= limit <= MOST_ITEMS:
        raise InvalidInput("limit", f"a whole number from 1 to {MOST_ITEMS}")
    return limit


def new_query(
    population: Population,
    person: str,
    limit: int,
    exclude: Collection[str],
    as_of: Micros,
    chance: Chance,
    mark: str = "",
) -> Query:
    """A query for a known, active person; ``mark`` is what its id begins with."""
    columns = population.columns
    viewer = columns.names.key_of(person)
    if viewer is None:
        raise NotFound("there is no such person; add them first (PUT /v1/people/{id}, or twofold import people)")
    if not columns.active[viewer]:
        raise Refused("inactive", "this person is not active; set active to true to make lists for them")
    out = frozenset(key for each in exclude if (key := columns.names.key_of(each)) is not None) if exclude else NOBODY
    request_id = mark + urandom(ID_BYTES).hex()[len(mark) :]
    rng = chance(person, as_of)
    return Query(request_id=request_id, viewer=viewer, as_of=as_of, limit=limit, exclude=out, rng=rng)


def model_version(generation: Generation) -> str:
    """The version that serves, or ``heuristic`` while nothing is trained."""
    return generation.model.record.version if generation.model else "heuristic"


def answered(generation: Generation, start: int, query: Query) -> tuple[Outcome, Answer]:
    """What the pipeline makes of a query, and the answer; part of a row of calls."""
    outcome = generation.pipeline.make(query)
    return outcome, answer_of(generation, query, outcome, start)


def answer_of(generation: Generation, query: Query, outcome: Outcome, start: int) -> Answer:
    """The answer to a query, from what the pipeline made of it."""
    names, trace, ranker = generation.population.columns.names, outcome.trace, outcome.ranked.ranker
    reasons = _reasons(generation, query, outcome)
    trace.lap("reasons")
    items = _items(generation, outcome, reasons)
    trace.timings_ms["total"] = _since(start)
    return Answer(
        request_id=query.request_id,
        person=names.id_of(query.viewer) or "",
        items=items,
        model=ranker.version,
        features=ranker.feature_version,
        degraded=generation.degraded or trace.degraded or bool(trace.failed),
        removed=trace.removed,
        timings_ms=trace.timings_ms,
    )


def impressions_of(generation: Generation, query: Query, outcome: Outcome, answer: Answer, sampled: bool) -> ShownList:
    """The impressions of a list; ``sampled``: with what the ranker saw."""
    ranked, rows = outcome.ranked, outcome.picked
    return ShownList(
        request_id=query.request_id,
        viewer=query.viewer,
        at=query.as_of,
        items=answer.items,
        keys=ranked.pool.keys[rows],
        propensities=finite(outcome.propensities[rows]),
        model=answer.model,
        feature_version=answer.features,
        log_position=generation.population.position,
        features=ranked.features[rows] if sampled else None,
    )


def reasons_for(generation: Generation, query: Query, keys: Keys) -> list[str]:
    """Why these people, each in the words of the first source that has something to say.

    All sources are asked, whoever brought the person: were it only those, the lack of any other reason would tell that
    somebody is here because they like the viewer.
    """
    found, untold = [NO_REASON] * len(keys), list(range(len(keys)))
    for source in generation.pipeline.sources:
        if not untold:
            break
        said = source.reasons(query, keys[untold] if len(untold) < len(keys) else keys)
        for place, reason in zip(untold, said, strict=True):
            found[place] = reason or NO_REASON
        untold = [place for place, reason in zip(untold, said, strict=True) if not reason]
    return found


def finite(values: Doubles | Floats) -> list[float | None]:
    """(m,) values, None where they are not a number."""
    return [value if -inf < value < inf else None for value in values.tolist()]


def _all_kept(generation: Generation, query: Query, keys: Keys) -> bool:
    """Whether every filter keeps all these people; not, where one cannot say."""
    pipeline = generation.pipeline
    try:
        return pipeline.guard.call(lambda: not any(each.judge(query, keys).any() for each in pipeline.filters))
    except ComponentFailed:
        return False


def _reasons(generation: Generation, query: Query, outcome: Outcome) -> list[str]:
    """One reason per person of the list; a source that fails here costs the list its reasons, not its people."""
    keys = outcome.ranked.pool.keys[outcome.picked]
    try:
        return generation.pipeline.guard.call(lambda: reasons_for(generation, query, keys))
    except ComponentFailed as failure:
        outcome.trace.failed["reasons"] = failure.kind
        return [NO_REASON] * len(outcome.rows)


def _items(generation: Generation, outcome: Outcome, reasons: list[str]) -> tuple[Item, ...]:
    """One item per person of the list."""
    ranked, rows = outcome.ranked, outcome.picked
    nothing: list[float | None] = [None] * len(rows)
    ids = generation.population.columns.names.ids_of(ranked.pool.keys[rows])
    return tuple(
        map(
            Item,
            [person or "" for person in ids],
            [score or 0.0 for score in finite(ranked.scores[rows])],
            finite(ranked.viewer_likes[rows]) if ranked.ranker.calibrated else nothing,
            finite(ranked.candidate_likes[rows]),
            ranked.pool.brought_by(rows),
            reasons,
            range(1, len(rows) + 1),
        )
    )


def _since(start: int) -> float:
    return round((time.perf_counter_ns() - start) / 1e6, 3)
