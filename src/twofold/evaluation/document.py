"""The report as one document: what ``--json`` writes and the page shows. A figure that cannot be had is absent."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from twofold.metrics.bootstrap import Interval


class Figure(msgspec.Struct, frozen=True):
    """A figure with its 95 % interval.

    >>> Figure(0.5, 0.4, 0.6).low
    0.4
    """

    value: float
    low: float
    high: float


Figures: TypeAlias = dict[str, Figure]
"""By name, in the order in which they are printed."""


def figures(**found: Interval | None) -> Figures:
    """Those of the intervals that say something.

    >>> list(figures(auc=Interval(0.8, 0.7, 0.9), ece=Interval.none(), log_loss=None))
    ['auc']
    """
    return {
        name: Figure(each.value, each.low, each.high)
        for name, each in found.items()
        if each is not None and each.value == each.value
    }


class Slice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The same figures for a part: ``rows`` decisions for P(like), ``viewers`` lists."""

    rows: int = 0
    viewers: int = 0
    p_like: Figures = {}
    p_like_delayed: Figures = {}
    lists: Figures = {}


class System(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One way to recommend.

    Args:
        what: in a few words.
        p_like: auc, log_loss, ece, dislike_average_precision, with features up to the very moment.
        p_like_delayed: with features a day old; this one counts.
        lists: recall_at_20, ndcg_at_20, and for mutual likes mutual_recall_at_20, mutual_ndcg_at_20, mutual_ndcg_at_5.
        lists_capped: the same when nobody may be shown more than ``protocol.cap`` times.
        exposure, exposure_capped: gini, share_shown, top1pct, effective_matches, incoming_likes_median,
            incoming_likes_p99.
        slices: by name of the part.
        list_count: how many lists, when fewer than the others have.
    """

    what: str
    p_like: Figures = {}
    p_like_delayed: Figures = {}
    lists: Figures = {}
    lists_capped: Figures = {}
    exposure: Figures = {}
    exposure_capped: Figures = {}
    slices: dict[str, Slice] = {}
    list_count: int = 0


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One source of the first stage: what it finds alone (recall_at_100, _200, _500), and the lists without it."""

    alone: Figures = {}
    lists_without: Figures = {}


class Point(msgspec.Struct, frozen=True):
    """A point of a curve."""

    x: float
    y: float


class ReliabilityBin(msgspec.Struct, frozen=True):
    """Decisions of like probability: how many, what was said, what was seen."""

    rows: int
    said: float
    seen: float


class DataFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What was evaluated."""

    name: str
    sha256: str
    people: int
    events: int
    decisions: int
    likes: int


class Protocol(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How it was evaluated; moments are ISO 8601.

    Args:
        split: what the parts are.
        train_until, validate_until: the product is trained on what is before ``validate_until``; baselines choose
            between the two.
        lists_frozen_at: the moment of all lists.
        test_until: the last decision.
        delay_days: of the figures called delayed.
        candidates: how many people the first stage brings.
        candidate_set: who could be recommended.
        list_length, cap: people in a list; showings of one person under the cap.
        interval: how the intervals were made.
    """

    split: str
    train_until: str | None = None
    validate_until: str | None = None
    lists_frozen_at: str | None = None
    test_until: str | None = None
    delay_days: int | None = None
    candidates: int | None = None
    candidate_set: str
    list_length: int
    cap: int | None = None
    interval: str
    seed: int


class Counts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much there was: decisions to learn from and to test on, lists, and who got none, by reason."""

    past_decisions: int = 0
    test_decisions: int = 0
    test_likes: int = 0
    lists: int = 0
    lists_with_mutual: int = 0
    relevant_pairs: int = 0
    shown_to_could_be: int = 0
    unseen_decisions: int = 0
    degraded_lists: int = 0
    left_out: dict[str, int] = {}


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report.

    ``index`` is recall_at_100 of the vector index against exact search among the eligible; ``reliability`` and
    ``lorenz`` are per system; ``seconds`` per part of the work.
    """

    data: DataFacts
    protocol: Protocol
    counts: Counts
    model: str
    systems: dict[str, System]
    sources: dict[str, Source]
    index: Figures
    reliability: dict[str, list[ReliabilityBin]]
    lorenz: dict[str, list[Point]]
    notes: list[str]
    seconds: dict[str, float]
