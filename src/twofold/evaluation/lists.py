"""Making lists frozen at the cut, free or under a cap, and what they find and whom they show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles, Keys
from twofold.evaluation.baselines.contract import Baseline
from twofold.evaluation.document import Figures, figures
from twofold.evaluation.targets import Targets
from twofold.metrics.bootstrap import JACKKNIFE_GROUPS, Bootstrap, Interval, jackknife
from twofold.metrics.exposure import effective_matches, gini, incoming_likes, share_shown, top_share
from twofold.metrics.lists import ndcg_of_hits, recall_of_hits
from twofold.metrics.ties import best

K = 20
CAP = 50  # showings of one person over all lists: a list's length and a half for each of the likes they can answer
NOBODY = -1
SHARES = ("gini", "share_shown", "top1pct")

MANY_PEOPLE, FEWER_GROUPS = 50_000, 5  # each group sorts everybody anew, for every system and figure

Lister = Callable[[int, Keys, bool, int], Keys]
"""(viewer, allowed sorted keys, whether these are fewer than all eligible, k) -> at most k keys, best first."""

Counted = tuple[tuple[Keys, ...], tuple[Keys, ...]]
"""Per viewer whom a list should find, and those of them who like the viewer too."""

Chances = Callable[[Keys, Keys], Doubles]
"""(viewers, candidates) -> P(like) at the cut, by a judge that is the same for all systems."""


def lister_of(baseline: Baseline, rng: np.random.Generator) -> Lister:
    """Lists by a baseline's scores, equal ones in random order."""

    def lister(viewer: int, allowed: Keys, _fewer: bool, k: int) -> Keys:
        return allowed[best(baseline.scores(viewer, allowed), k, rng)]

    return lister


@dataclass(frozen=True, slots=True)
class Shown:
    """Lists of n viewers, in the order in which they were made.

    Args:
        targets: whose lists, and whom they should find.
        keys: (n, k) who is shown, best first; `NOBODY` where a list is shorter.
    """

    targets: Targets
    keys: NDArray[np.int64]

    def hits(self, relevant: tuple[Keys, ...]) -> NDArray[np.bool_]:
        """(n, k) who of the shown is relevant."""
        rows = [np.isin(row, some) for row, some in zip(self.keys, relevant, strict=True)]
        return np.array(rows, bool).reshape(self.keys.shape)


def make_lists(
    lister: Lister, targets: Targets, k: int = K, cap: int | None = None, done: Callable[[float], None] = lambda _: None
) -> Shown:
    """One list per viewer.

    Args:
        cap: nobody is shown more often; whoever is, is taken from those who may still be shown.
    """
    keys = np.full((len(targets), k), NOBODY, np.int64)
    times = np.zeros(targets.people, np.int64)
    for place, viewer in enumerate(targets.viewers.tolist()):
        allowed = targets.eligible(place)
        free = allowed if cap is None else allowed[times[allowed] < cap]
        made = lister(viewer, free, len(free) < len(allowed), k)[:k]
        keys[place, : len(made)] = made
        times[made] += 1
        done((place + 1) / len(targets))
    return Shown(targets, keys)


def quality(
    shown: Shown, rng: np.random.Generator, counted: Counted | None = None, places: NDArray[np.int64] | None = None
) -> Figures:
    """What the lists find.

    Args:
        counted: whom they should find; None: whom the targets say.
        places: of the viewers who count; None: all.
    """
    relevant, mutual = counted or (shown.targets.relevant, shown.targets.mutual)
    places = np.arange(len(shown.keys)) if places is None else places
    rows, k = Bootstrap(places, rng), shown.keys.shape[1]
    hits, wanted = shown.hits(relevant)[places], _sizes(relevant)[places]
    both, matched = shown.hits(mutual)[places], _sizes(mutual)[places]
    return figures(
        **{
            f"recall_at_{k}": rows.mean(recall_of_hits(hits, wanted, k)),
            f"ndcg_at_{k}": rows.mean(ndcg_of_hits(hits, wanted, k)),
            f"mutual_recall_at_{k}": rows.mean(recall_of_hits(both, matched, k)),
            f"mutual_ndcg_at_{k}": rows.mean(ndcg_of_hits(both, matched, k)),
            "mutual_ndcg_at_5": rows.mean(ndcg_of_hits(both, matched, 5)),
        }
    )


def mutual_ndcg(shown: Shown) -> Doubles:
    """(n,) NDCG@k of each viewer's list for mutual matches; NaN for a viewer who had none to find."""
    hits, wanted = shown.hits(shown.targets.mutual), _sizes(shown.targets.mutual)
    return ndcg_of_hits(hits, wanted, shown.keys.shape[1])


def exposure(shown: Shown, chances: Chances | None, rng: np.random.Generator) -> Figures:
    """Whom the lists show, over everybody who could have been shown to one of the viewers.

    Args:
        chances: for the expected incoming likes; None leaves them out.
    """
    could_be = shown.targets.could_be_shown
    groups = FEWER_GROUPS if len(could_be) > MANY_PEOPLE else JACKKNIFE_GROUPS
    place = np.full(shown.targets.people + 1, len(could_be))
    place[could_be] = np.arange(len(could_be))
    seats = place[shown.keys]  # the last place is nobody's

    def counts(kept: NDArray[np.bool_]) -> Doubles:
        return np.bincount(seats[kept].ravel(), minlength=len(could_be) + 1)[: len(could_be)].astype(np.float64)

    def of(figure: Callable[[Doubles], float]) -> Interval:
        return jackknife(len(seats), lambda kept: figure(counts(kept)), rng, groups)

    found = {"gini": of(gini), "share_shown": of(share_shown), "top1pct": of(top_share)}
    found["effective_matches"] = _effective(shown, rng)
    if chances is not None and len(seats):
        likes = _incoming(shown, chances)
        for name, share in (("incoming_likes_median", 50), ("incoming_likes_p99", 99)):
            found[name] = jackknife(len(seats), _percentile_of(seats, likes, len(could_be), share), rng, groups)
    return figures(
        **{name: _not_below_nothing(each, 1.0 if name in SHARES else np.inf) for name, each in found.items()}
    )


def shown_counts(shown: Shown) -> NDArray[np.int64]:
    """(m,) how often each person who could be shown was."""
    times = np.bincount(shown.keys[shown.keys != NOBODY], minlength=shown.targets.people)
    return np.asarray(times[shown.targets.could_be_shown], np.int64)


def _percentile_of(
    seats: NDArray[np.int64], likes: Doubles, people: int, share: int
) -> Callable[[NDArray[np.bool_]], float]:
    def figure(kept: NDArray[np.bool_]) -> float:
        scaled = len(kept) / max(int(kept.sum()), 1)  # likes are a total: fewer lists bring fewer
        each = incoming_likes(seats[kept].ravel(), likes[kept].ravel(), people + 1)[:people]
        return float(np.percentile(each, share)) * scaled if people else float("nan")

    return figure


def _incoming(shown: Shown, chances: Chances) -> Doubles:
    """(n, k) P(the viewer likes them); 0 at empty places."""
    viewers = np.repeat(shown.targets.viewers, shown.keys.shape[1])
    some = shown.keys.ravel() != NOBODY
    likes = np.zeros(len(some))
    likes[some] = chances(viewers[some], shown.keys.ravel()[some])
    return likes.reshape(shown.keys.shape)


def _effective(shown: Shown, rng: np.random.Generator) -> Interval:
    """Later mutual likes that the lists find, of which each person answers only the first so many."""
    hits, mutual = shown.hits(shown.targets.relevant), shown.hits(shown.targets.mutual)

    def figure(kept: NDArray[np.bool_]) -> float:
        chosen = hits & kept[:, None]
        scaled = len(kept) / max(int(kept.sum()), 1)
        return effective_matches(shown.keys[chosen], mutual[chosen]) * scaled

    return jackknife(len(hits), figure, rng)


def _not_below_nothing(found: Interval, most: float) -> Interval:
    """The interval within what the figure can be: a normal one knows no bounds."""
    return Interval(found.value, max(found.low, 0.0), min(found.high, most))


def _sizes(some: tuple[Keys, ...]) -> NDArray[np.int64]:
    return np.array([len(each) for each in some], np.int64)
