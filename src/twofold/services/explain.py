"""Why is this person recommended to that one, or why not?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from twofold.domain.answer import Explanation, Moved
from twofold.domain.candidate import Keys, Removed
from twofold.domain.errors import NotFound
from twofold.domain.time import Clock
from twofold.features.spec import VERSIONS
from twofold.pipeline.engine import Outcome, Ranked
from twofold.pipeline.query import Query
from twofold.pipeline.slate import Pool
from twofold.services.chance import Chance, daily_chance
from twofold.services.lists import ListCache
from twofold.services.live import Generation, Live
from twofold.services.made import MadeList
from twofold.services.recommend import finite, model_version, new_query, reasons_for


class ExplainService:
    """Looks at one candidate's way through the viewer's pipeline.

    The list that is explained is the one that the viewer was shown, while it is kept; without one it is made here, with
    the chance of the viewer's day, so that asking twice explains the same.
    """

    def __init__(
        self, live: Live, cache: ListCache, clock: Clock, list_length: int = 20, chance: Chance | None = None
    ) -> None:
        self._live, self._cache, self._clock, self._list_length = live, cache, clock, list_length
        self._chance = chance or daily_chance()

    def explain(self, viewer: str, candidate: str) -> Explanation:
        """The candidate's way through the viewer's pipeline.

        Raises:
            NotFound: one of the two does not exist.
            Unavailable: it cannot be known who may be shown.
        """
        with self._live.lock:
            generation = self._live.current()
            key = generation.population.columns.names.key_of(candidate)
            if key is None:
                raise NotFound("there is no such candidate")
            query = new_query(generation.population, viewer, self._list_length, (), self._clock(), self._chance)
            found = explain(generation, query, key)
            kept = self._cache.latest(query.viewer)
            if kept is None or kept.model != model_version(generation):
                return found
            return as_shown(found, kept, key)


def explain(generation: Generation, query: Query, key: int) -> Explanation:
    """One candidate's way through the pipeline for one query."""
    names = generation.population.columns.names
    removed = _removed(generation, query, np.array([key], np.int64))
    outcome = generation.pipeline.run(query)
    pool, ranker = outcome.ranked.pool, outcome.ranked.ranker
    row = next(iter(np.flatnonzero(pool.keys == key).tolist()), None)
    brought = {} if row is None else _brought(outcome, row)
    scored, place = (outcome.ranked, row) if row is not None else (alone(generation, query, outcome, key), 0)
    likes, back, score = (
        finite(each[[place]])[0] for each in (scored.viewer_likes, scored.candidate_likes, scored.scores)
    )
    return Explanation(
        viewer=names.id_of(query.viewer) or "",
        candidate=names.id_of(key) or "",
        eligible=removed is None,
        removed=removed,
        sources=brought,
        position=outcome.rows.index(row) + 1 if row is not None and row in outcome.rows else None,
        list_length=len(outcome.rows),
        score=score,
        p_viewer_likes=likes if ranker.calibrated else None,
        p_candidate_likes=back,
        reason=reasons_for(generation, query, np.array([key]))[0] if brought else None,
        moved=_moved(scored, place),
        model=ranker.version,
        features=ranker.feature_version,
        degraded=generation.degraded or outcome.trace.degraded,
    )


def as_shown(found: Explanation, kept: MadeList, key: int) -> Explanation:
    """The explanation, with place, score, sources and reason of the list that was shown."""
    place = kept.place_of(key)
    if place is None:
        return replace(found, position=None, list_length=len(kept.keys))
    item = kept.answer.items[place]
    return replace(
        found,
        sources=kept.brought(place),
        position=item.position,
        list_length=len(kept.keys),
        score=item.score,
        p_viewer_likes=item.p_viewer_likes,
        p_candidate_likes=item.p_candidate_likes,
        reason=item.reason,
    )


def _removed(generation: Generation, query: Query, key: Keys) -> str | None:
    for each in generation.pipeline.filters:
        code = int(each.judge(query, key)[0])
        if code:
            return Removed(code).label
    return None


def _brought(outcome: Outcome, row: int) -> dict[str, float]:
    pool = outcome.ranked.pool
    return {name: float(own) for name, own in zip(pool.sources, pool.own[row], strict=True) if not np.isnan(own)}


def alone(generation: Generation, query: Query, outcome: Outcome, key: int) -> Ranked:
    """What the list's ranker says of somebody whom no source brought."""
    sources = outcome.ranked.pool.sources
    nobody = np.full((1, len(sources)), -1, np.int32)
    pool = Pool(
        np.array([key], np.int64), sources, np.full(nobody.shape, np.nan, np.float32), nobody, (0,) * len(sources), 1
    )
    return generation.pipeline.score(outcome.ranked.ranker, query, pool)


def _moved(scored: Ranked, place: int) -> tuple[Moved, ...]:
    """What moved P(viewer likes candidate), largest first."""
    features = scored.features[place : place + 1]
    names = VERSIONS[scored.ranker.feature_version].names
    amounts = scored.ranker.contributions(features)[0].tolist()
    moved = [
        Moved(name, value, round(amount, 6))
        for name, value, amount in zip(names, finite(features[0]), amounts, strict=True)
    ]
    return tuple(sorted(moved, key=lambda each: -abs(each.moved)))
