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

from twofold.compiled import Column, Written, compiled
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import LABELS, Candidates, Codes, Doubles, Floats, Keys, Reached, Removed
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
Judge = Callable[[Query, Keys], Codes]
Judged = tuple[Codes, Keys]  # of each person, and how many there are of each code


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
    """A finished list: rows of ``ranked.pool`` in order, with propensities by row, and how it came about.

    ``picked``: (k,) the same rows, to read columns by.
    """

    ranked: Ranked
    rows: tuple[int, ...]
    picked: NDArray[np.intp]
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
        return self.together(query, self.make)

    def together(self, query: Query, work: Callable[[Query], T]) -> T:
        """What is made of a query, where that calls components in a row (`Guard.row`)."""
        chance = query.rng.bit_generator.state

        def again() -> T:
            # A component hung, and all is made anew; what hung may still draw from the first generator.
            return work(replace(query, rng=_generator(query.rng, chance)))

        return self.guard.row(partial(work, query), again)

    def make(self, query: Query) -> Outcome:
        """As `run`, as part of a row of calls."""
        trace = Trace()
        eligible = self._filter(query, self.reached(query, trace), trace)
        trace.lap("filter")
        pool = self._find(query, eligible, trace)
        trace.lap("sources")
        ranked = self._rank(query, pool, trace)
        trace.lap("rank")
        slate = self._arrange(query, ranked, trace)
        trace.lap("arrange")
        picked = self._check(query, pool, slate)
        trace.lap("check")
        return Outcome(ranked, tuple(picked.tolist()), picked, slate.propensities, trace)

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
            trace.remove(LABELS[Removed.ELSEWHERE], elsewhere)
        return reached

    def _filter(self, query: Query, reached: Reached, trace: Trace) -> Keys:
        for each in self.filters:
            codes, counts = self._judge_all(each, query, reached, trace)
            if counts[0] < len(codes):
                _note_removed(trace, counts)
                reached = reached.take(codes == 0)
        return reached.keys

    def _judge_all(self, each: Filter, query: Query, reached: Reached, trace: Trace) -> Judged:
        """What a filter says of all; of people of whom reach is sure more cheaply, where it can."""
        keys, sparing = reached.keys, getattr(each, "judge_sure", None)
        sure = 0 if sparing is None else how_many(reached.sure)
        if sparing is None or not sure:
            return self._judge(each, each.judge, query, keys, trace)
        if sure == len(keys):
            return self._judge(each, sparing, query, keys, trace)
        codes, unsure = np.empty(len(keys), np.uint8), ~reached.sure
        codes[reached.sure], some = self._judge(each, sparing, query, keys[reached.sure], trace)
        codes[unsure], others = self._judge(each, each.judge, query, keys[unsure], trace)
        return codes, some + others

    def _judge(self, each: Filter, judge: Judge, query: Query, keys: Keys, trace: Trace) -> Judged:
        try:
            return self.guard.call(partial(_judged, judge, query, keys))
        except ComponentFailed as failure:
            if each.safety:
                raise Unavailable(f"the safety filter '{each.name}' could not judge; nobody is shown") from failure
            trace.failed[each.name] = failure.kind
            lenient = getattr(each, "lenient", False)
            trace.degraded |= not lenient
            codes = np.full(keys.shape, Removed.KEPT if lenient else Removed.GONE, np.uint8)
            return codes, _counts(codes, len(keys))

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
        slate = self._attempt("policy", trace, partial(_arranged, self.policy, query, ranked))
        if slate is None:
            trace.degraded = True
            slate = Slate(best_first(ranked.scores), np.full(len(ranked.pool), np.nan))
        if slate.withheld is not None:
            _note_removed(trace, _counts(slate.withheld, len(ranked.pool.keys)))
        return slate

    def _check(self, query: Query, pool: Pool, slate: Slate) -> NDArray[np.intp]:
        codes, unseen = slate.withheld, Trace()
        for each in self.filters:
            if each.safety:
                judged, _ = self._judge(each, each.judge, query, pool.keys, unseen)
                codes = judged if codes is None else codes | judged
        order = slate.order if codes is None else slate.order[codes[slate.order] == 0]
        return order[: query.limit]

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


def _judged(judge: Judge, query: Query, keys: Keys) -> Judged:
    codes = judge(query, keys)
    return codes, _counts(codes, len(keys))


def _counts(codes: Codes, people: int) -> Keys:
    """How many people each code is given to, if this is one code per person: anything else is no judgement."""
    if codes.shape != (people,) or codes.dtype != np.uint8:
        raise ValueError(f"one uint8 code per key is asked for: expected {people}, got {codes.dtype} {codes.shape}")
    counts = np.zeros(len(LABELS), np.int64)
    if not counted(codes, counts):
        raise ValueError("codes are those of Removed and no others")
    return counts


def _note_removed(trace: Trace, counts: Keys) -> None:
    """Note how many are removed, by reason."""
    for label, count in zip(LABELS[1:], counts[1:].tolist(), strict=True):
        if count:
            trace.remove(label, count)


@compiled
def how_many(mask: Column[np.bool_]) -> int:
    """How many are marked."""
    found = 0
    for each in mask:
        found += each
    return found


@compiled
def counted(codes: Column[np.uint8], counts: Written[np.int64]) -> bool:
    """Count codes, each at its own place; False, and nothing is counted, where one has none."""
    for code in codes:
        if code >= len(counts):
            return False
    for code in codes:
        counts[code] += 1
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
    slate, people = policy.arrange(query, ranked.pool, ranked.scores), len(ranked.pool.keys)
    if not permuted(slate.order, people) or slate.propensities.shape != (people,):
        raise ValueError("a policy gives a permutation of the pool and one propensity per row")
    if slate.withheld is not None:
        _counts(slate.withheld, people)
    return slate


@compiled
def permuted(order: Column[np.int64], people: int) -> bool:
    """Whether these are the numbers below a number, each once."""
    if len(order) != people:
        return False
    there = np.zeros(people, np.bool_)
    for row in order:
        if not 0 <= row < people or there[row]:
            return False
        there[row] = True
    return True
