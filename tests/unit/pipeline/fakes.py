"""Throw-away components: honest ones, lying ones, and ones that fail in every way a stage can."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Candidates, Codes, Doubles, Floats, Keys
from twofold.pipeline.engine import Pipeline
from twofold.pipeline.guard import Guard
from twofold.pipeline.query import Query
from twofold.pipeline.slate import Pool, Slate, best_first
from twofold.pipeline.stages import Filter, Policy, Ranker, Source

# Long enough for any honest call on a busy machine; the failing tests give their own.
PATIENT_S = 30.0


@dataclass
class ListSource:
    """Brings a fixed list, whoever is eligible: it may lie."""

    name: str
    keys: Sequence[int]
    scores: Sequence[float] | None = None
    honest: bool = True

    def candidates(self, query: Query, eligible: Keys, limit: int) -> Candidates:
        keys = np.array(self.keys, np.int64)
        scores = np.ones(len(keys)) if self.scores is None else np.array(self.scores)
        if self.honest:
            kept = np.isin(keys, eligible)
            keys, scores = keys[kept][:limit], scores[kept][:limit]
        return Candidates(keys, scores.astype(np.float32))

    def reasons(self, query: Query, keys: Keys) -> list[str | None]:
        return [None] * len(keys)


@dataclass
class CodeFilter:
    """Gives fixed codes by key; 0 to everyone else."""

    codes: dict[int, int]
    name: str = "codes"
    safety: bool = True

    def judge(self, query: Query, keys: Keys) -> Codes:
        return np.array([self.codes.get(key, 0) for key in keys.tolist()], np.uint8)


@dataclass(frozen=True)
class KeyReading:
    """The candidate's key; seen from the other side times ``sign``."""

    candidates: Keys
    sign: int = 1

    def values(self, version: str) -> Floats:
        return self.candidates[:, None].astype(np.float32)

    def turned(self, version: str) -> Floats:
        return self.sign * self.values(version)


class KeyFeatures:
    """One feature: the candidate's key."""

    def values(
        self, viewers: Keys, candidates: Keys, as_of: AsOf, version: str, brought: Mapping[str, Floats] | None = None
    ) -> Floats:
        return candidates[:, None].astype(np.float32)

    def read(
        self, viewer: int, candidates: Keys, as_of: AsOf, brought: Mapping[str, Floats] | None = None
    ) -> KeyReading:
        return KeyReading(candidates)

    def prepare(self, versions: Collection[str], moment: int, start: int) -> int | None:
        return None


@dataclass
class TableRanker:
    """Scores by a table; keys without an entry get their own key as score."""

    scores: dict[int, float] = field(default_factory=dict)
    version: str = "table"
    feature_version: str = "key"
    calibrated: bool = True

    def predict(self, features: Floats) -> Doubles:
        keys = features[:, 0].astype(int).tolist()
        return np.array([self.scores.get(key, float(key)) for key in keys], np.float64)

    def contributions(self, features: Floats) -> Doubles:
        return np.zeros(features.shape)


class ScorePolicy:
    """The order of scores."""

    name = "scores"

    def arrange(self, query: Query, pool: Pool, scores: Doubles) -> Slate:
        return Slate(best_first(scores), np.full(len(pool), np.nan))


def pipeline_of(
    *sources: Source,
    people: int | Keys = 300,
    filters: Sequence[Filter] = (),
    shares: dict[str, float] | None = None,
    candidates: int = 100,
    ranker: Ranker | None = None,
    fallback: Ranker | None = None,
    policy: Policy | None = None,
    budget_s: float = PATIENT_S,
) -> Pipeline:
    """A pipeline of throw-away parts."""
    everyone = np.arange(people, dtype=np.int64) if isinstance(people, int) else people
    return Pipeline(
        everyone=lambda: everyone,
        filters=filters,
        sources=sources,
        shares=dict.fromkeys((source.name for source in sources), 1.0) if shares is None else shares,
        candidates=candidates,
        features=KeyFeatures(),
        ranker=ranker or TableRanker(),
        fallback=fallback or TableRanker(version="fallback", calibrated=False),
        policy=policy or ScorePolicy(),
        guard=Guard(budget_s),
    )


class Broken:
    """A component of every stage at once whose methods all do one thing: raise, hang or answer nonsense."""

    version, feature_version, calibrated = "broken", "key", True

    def __init__(self, act: Callable[[], object], name: str = "broken", safety: bool = True) -> None:
        self.act, self.name, self.safety = act, name, safety

    def __call__(self, *_: object) -> object:
        return self.act()

    candidates = judge = values = both = predict = arrange = notes = __call__

    def reasons(self, query: Query, keys: Keys) -> list[str | None]:
        return [None] * len(keys)

    def contributions(self, features: Floats) -> Doubles:
        return np.zeros(features.shape)


def raising() -> object:
    """Fail at once."""
    raise ZeroDivisionError


@dataclass
class Hang:
    """Waits until the test lets go."""

    released: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> object:
        self.released.wait()
        return None
