"""The request path on one page: filter, source, blend, features, rank in both directions, arrange, check again.

`Pipeline.run` reads top to bottom; each step says what happens when its component fails (see `stages`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Candidates, Codes, Doubles, Floats, Keys, Reached, Removed
from twofold.domain.errors import Unavailable
from twofold.pipeline.blend import NOBODY, Plan, split_quotas
from twofold.pipeline.guard import ComponentFailed, Guard
from twofold.pipeline.mixing import mixed
from twofold.pipeline.query import Query
from twofold.pipeline.slate import Pool, Slate, best_first
from twofold.pipeline.stages import (
    Features,
    Filter,
    Noted,
    Policy,
    Ranker,
    Relevance,
    Settled,
    Source,
    Utility,
    one_sided,
)
from twofold.pipeline.trace import Trace

T = TypeVar("T")
Mask = NDArray[np.bool_]
Judge = Callable[[Query, Keys], Codes]
ALL = slice(None)
LAST_CODE, GONE = int(max(Removed)), np.uint8(Removed.GONE)


@dataclass(frozen=True, slots=True)
class Ranked:
    """The pool with what the ranker said.

    Args:
        ranker: which one it was.
        features: (m, d) what it saw.
        viewer_likes: (m,) P(the viewer likes the candidate), or a plain score when the ranker is not calibrated.
        candidate_likes: (m,) P(the candidate likes the viewer); NaN where nothing calibrated says so.
        scores: (m,) the utility of both, which orders the list.
    """

    pool: Pool
    ranker: Ranker
    features: Floats
    viewer_likes: Doubles
    candidate_likes: Doubles
    scores: Doubles


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished list: rows of ``ranked.pool`` in order, with propensities by row, and how it came about."""

    ranked: Ranked
    rows: tuple[int, ...]
    propensities: Doubles
    trace: Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """One assembled pipeline.

    Args:
        everyone: gives the keys of all people there are, sorted.
        reach: gives those of them whom the wishes of a viewer and their own may keep at a moment, found without looking
            at each; None: everyone.
        filters: judged in this order; the first reason counts.
        sources: in the order in which they fill up.
        shares: each source's share of the candidates.
        candidates: how many candidates stage 1 aims at (more when a longer list is asked for).
        ranker: the model's, for P(viewer likes candidate); ``fallback`` orders the list when it cannot.
        back: the model's, for P(candidate likes viewer) from the same features seen from the other side; None: unknown.
        settled: what is no longer a question of probability; None leaves all to ``back``.
        utility: combines both directions.
        relevance: how likely the viewer comes to like somebody at all, and how much of the score that is.
        plans: by how many candidates are wanted, how the lists of the sources are blended.
    """

    everyone: Callable[[], Keys]
    filters: Sequence[Filter]
    sources: Sequence[Source]
    shares: dict[str, float]
    candidates: int
    features: Features
    ranker: Ranker
    fallback: Ranker
    policy: Policy
    guard: Guard
    back: Ranker | None = None
    settled: Settled | None = None
    utility: Utility = one_sided
    relevance: Relevance | None = None
    reach: Callable[[int, int], Reached] | None = None
    plans: dict[int, Plan] = field(default_factory=dict, init=False, repr=False, compare=False)

    def run(self, query: Query) -> Outcome:
        """Make one list.

        Raises:
            Unavailable: when a safety filter cannot judge.
        """
        chance = query.rng.bit_generator.state

        def again() -> Outcome:
            # A component hung, and the list is made anew; what hung may still draw from the first generator.
            return self._run(replace(query, rng=_generator(query.rng, chance)))

        return self.guard.row(lambda: self._run(query), again)

    def _run(self, query: Query) -> Outcome:
        trace = Trace()
        with trace.stage("filter"):
            eligible = self._filter(query, self.reached(query, trace), trace)
        with trace.stage("sources"):
            pool = self._find(query, eligible, trace)
        with trace.stage("rank"):
            ranked = self._rank(query, pool, trace)
        with trace.stage("arrange"):
            slate = self._arrange(query, ranked, trace)
        with trace.stage("check"):
            rows = self._check(query, pool, slate)
        return Outcome(ranked, rows, slate.propensities, trace)

    def prepare(self, moment: int, start: int) -> int | None:
        """Compute what ranking reads of single people, a part of them; where to go on, None at the end."""
        rankers = [self.ranker, *([] if self.relevance is None else [self.relevance.ranker])]
        return self.features.prepare([each.feature_version for each in rankers], moment, start)

    def reached(self, query: Query, trace: Trace) -> Reached:
        """All whom the filters have to judge; the others are counted as being elsewhere."""
        everyone = self.everyone()
        if self.reach is None:
            return Reached.all_of(everyone)
        reached = self.reach(query.viewer, query.as_of)
        if elsewhere := len(everyone) - len(reached.keys):
            trace.remove(Removed.ELSEWHERE.label, elsewhere)
        return reached

    def _filter(self, query: Query, reached: Reached, trace: Trace) -> Keys:
        for each in self.filters:
            codes = np.empty(len(reached.keys), np.uint8)
            for judge, rows in _judges(each, reached.sure):
                codes[rows] = self._judge(each, judge, query, reached.keys[rows], trace)
            if _removed(trace, codes):
                reached = reached.take(codes == 0)
        return reached.keys

    def _judge(self, each: Filter, judge: Judge, query: Query, keys: Keys, trace: Trace) -> Codes:
        try:
            return self.guard.call(lambda: _codes(judge(query, keys), len(keys)))
        except ComponentFailed as failure:
            if each.safety:
                raise Unavailable(f"the safety filter '{each.name}' could not judge; nobody is shown") from failure
            trace.failed[each.name] = failure.kind
            if getattr(each, "lenient", False):
                return np.zeros(keys.shape, np.uint8)
            trace.degraded = True
            return np.full(keys.shape, GONE)

    def _find(self, query: Query, eligible: Keys, trace: Trace) -> Pool:
        total, lists = max(self.candidates, query.limit), []
        for source in self.sources:
            candidates = self._attempt(source.name, trace, partial(_ask, source, query, eligible, total))
            lists.append(NOBODY if candidates is None else candidates)
            if candidates is not None and hasattr(source, "notes"):
                trace.notes.extend(
                    self._attempt(source.name, trace, partial(_notes, cast(Noted, source), query, eligible)) or ()
                )
        plan = self.plans.get(total) or self._planned(total)
        pool, brought = plan.pool(lists, eligible)
        trace.brought.update(zip(plan.names, brought, strict=True))
        return pool

    def _planned(self, total: int) -> Plan:
        """How lists are blended, kept for the next request of as many."""
        names = [source.name for source in self.sources]
        return self.plans.setdefault(total, Plan.of(names, split_quotas(self.shares, total), total))

    def _rank(self, query: Query, pool: Pool, trace: Trace) -> Ranked:
        ranked = self._attempt("ranker", trace, lambda: self.score(self.ranker, query, pool))
        if ranked is None:
            trace.degraded = True
            ranked = self._attempt("fallback", trace, lambda: self.score(self.fallback, query, pool))
        if ranked is None:
            nothing, unknown = np.empty((len(pool), 0), np.float32), np.full(len(pool), np.nan)
            return Ranked(pool, self.fallback, nothing, unknown, unknown, unknown)
        return ranked

    def score(self, ranker: Ranker, query: Query, pool: Pool) -> Ranked:
        """What a ranker says of a pool: one direction, or both and their utility when it is the model's."""
        version = ranker.feature_version
        pairs = self.features.read(query.viewer, pool.keys, AsOf.at(query.as_of), pool.brought())
        features = pairs.values(version)
        there = _per_row(ranker.predict(features), pool)
        if self.back is None or ranker is not self.ranker:
            return Ranked(pool, ranker, features, there, np.full(len(pool), np.nan), there)
        back = _per_row(self.back.predict(pairs.turned(version)), pool)
        if self.settled is not None:
            known = _per_row(self.settled(query, pool.keys), pool)
            back = np.where(np.isnan(known), back, known)
        scores = _per_row(self.utility(there, back), pool)
        if self.relevance is not None:
            relevant = self.relevance.ranker.predict(pairs.values(self.relevance.ranker.feature_version))
            scores = mixed(scores, _per_row(relevant, pool), self.relevance.share)
        return Ranked(pool, ranker, features, there, back, scores)

    def _arrange(self, query: Query, ranked: Ranked, trace: Trace) -> Slate:
        slate = self._attempt("policy", trace, lambda: _arranged(self.policy, query, ranked))
        if slate is None:
            trace.degraded = True
            slate = Slate(best_first(ranked.scores), np.full(len(ranked.pool), np.nan))
        if slate.withheld is not None:
            _removed(trace, slate.withheld)
        return slate

    def _check(self, query: Query, pool: Pool, slate: Slate) -> tuple[int, ...]:
        safe = np.ones(len(pool), bool) if slate.withheld is None else slate.withheld == 0
        for each in self.filters:
            if each.safety:
                safe &= self._judge(each, each.judge, query, pool.keys, Trace()) == 0
        return tuple(slate.order[safe[slate.order]][: query.limit].tolist())

    def _attempt(self, name: str, trace: Trace, run: Callable[[], T]) -> T | None:
        try:
            return self.guard.call(run)
        except ComponentFailed as failure:
            trace.failed[name] = failure.kind
            return None


def _generator(like: np.random.Generator, state: Any) -> np.random.Generator:
    """A generator of the same kind in a state."""
    bits = type(like.bit_generator)()
    bits.state = state
    return np.random.Generator(bits)


def _per_row(scores: Doubles, pool: Pool) -> Doubles:
    found = np.asarray(scores, np.float64)
    if found.shape != (len(pool),):
        raise ValueError(f"a ranker gives one score per row: expected {len(pool)}, got {found.shape}")
    return found


def _codes(codes: Codes, people: int) -> Codes:
    """An answer about people, if it is one code per person: anything else is no judgement."""
    if codes.shape != (people,) or codes.dtype != np.uint8:
        raise ValueError(f"one uint8 code per key is asked for: expected {people}, got {codes.dtype} {codes.shape}")
    if people and codes.max() > LAST_CODE:
        raise ValueError("codes are those of Removed and no others")
    return codes


def _judges(each: Filter, sure: Mask) -> Sequence[tuple[Judge, Mask | slice]]:
    """How a filter judges whom: people of whom reach is sure more cheaply, where it can."""
    cheaply: Judge | None = getattr(each, "judge_sure", None)
    if cheaply is None or not sure.any():
        return [(each.judge, ALL)]
    return [(cheaply, ALL)] if sure.all() else [(cheaply, sure), (each.judge, ~sure)]


def _removed(trace: Trace, codes: Codes) -> bool:
    """Count who is removed, by reason; whether anybody is."""
    if not codes.any():
        return False
    for code, count in enumerate(np.bincount(codes).tolist()):
        if code and count:
            trace.remove(Removed(code).label, count)
    return True


def _ask(source: Source, query: Query, eligible: Keys, limit: int) -> Candidates:
    """What a source brings, if it is keys; whether it may bring these people, `Plan.pool` sees to."""
    candidates = source.candidates(query, eligible, limit)
    if candidates.keys.dtype != np.int64 and len(candidates):
        raise TypeError(f"a source brings int64 keys, not {candidates.keys.dtype}")
    return candidates


def _notes(source: Noted, query: Query, eligible: Keys) -> list[str]:
    return [str(note) for note in source.notes(query, eligible)]


def _arranged(policy: Policy, query: Query, ranked: Ranked) -> Slate:
    """A policy's answer, if it loses, adds and repeats nobody."""
    slate, people = policy.arrange(query, ranked.pool, ranked.scores), len(ranked.pool)
    if not np.array_equal(np.sort(slate.order), np.arange(people)) or slate.propensities.shape != (people,):
        raise ValueError("a policy gives a permutation of the pool and one propensity per row")
    if slate.withheld is not None:
        _codes(slate.withheld, people)
    return slate
