"""Who gets shown: how evenly attention is spread over people."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Doubles = NDArray[np.float64]

ANSWERS = 20  # likes that one person can answer in the time a list stands for


def gini(counts: ArrayLike) -> float:
    """Gini coefficient of how often each person was shown: 0 all alike, towards 1 one person gets all.

    Args:
        counts: (n,) one entry per person who could have been shown, zeros included.

    Returns:
        NaN when nobody was shown.

    >>> gini([5, 5, 5]), gini([0, 0, 0, 4])
    (0.0, 0.75)
    """
    shown = np.sort(np.asarray(counts, np.float64))
    total = float(shown.sum())
    if total <= 0:
        return float("nan")
    people = len(shown)
    places = np.arange(1, people + 1)
    return float((2 * places - people - 1) @ shown / (people * total))


def share_shown(counts: ArrayLike) -> float:
    """Share of people shown at least once; NaN without people.

    >>> share_shown([3, 0, 1, 0])
    0.5
    """
    shown = np.asarray(counts)
    return float((shown > 0).mean()) if len(shown) else float("nan")


def top_share(counts: ArrayLike, share: float = 0.01) -> float:
    """Which part of all showings went to the most shown ``share`` of people (at least one person).

    >>> top_share([7, 1, 1, 1], share=0.25)
    0.7
    """
    shown = np.sort(np.asarray(counts, np.float64))[::-1]
    total = float(shown.sum())
    if total <= 0:
        return float("nan")
    return float(shown[: max(1, round(len(shown) * share))].sum() / total)


def lorenz(counts: ArrayLike, points: int = 100) -> list[tuple[float, float]]:
    """The Lorenz curve: (share of people, least shown first; share of all showings that they got), from (0, 0).

    Args:
        points: at most so many steps; the last tenth of the people, where the showings are, gets half of them.

    Returns:
        Nothing when nobody was shown.

    >>> lorenz([0, 4], points=2)
    [(0.0, 0.0), (0.5, 0.0), (1.0, 1.0)]
    """
    shown = np.sort(np.asarray(counts, np.float64))
    total = float(shown.sum())
    if total <= 0:
        return []
    people, half = len(shown), max(points // 2, 1)
    places = np.concatenate([np.linspace(0, 0.9, half, endpoint=False), np.linspace(0.9, 1.0, points - half + 1)])
    index = np.unique(np.round(places * people).astype(np.int64)) if people > points else np.arange(people + 1)
    reached = np.concatenate([[0.0], np.cumsum(shown)]) / total
    return [(float(each / people), float(reached[each])) for each in index]


def effective_matches(receivers: ArrayLike, returned: ArrayLike, answers: int = ANSWERS) -> float:
    """How many matches come of likes when nobody answers more than the first so many that reach them.

    Args:
        receivers: (m,) who gets each like, in the order in which the likes arrive.
        returned: (m,) whether the receiver would like the sender back.
        answers: likes that one person can answer.

    >>> effective_matches([7, 7, 7, 8], [True, True, True, False], answers=2)
    2.0
    """
    who, back = np.asarray(receivers, np.int64), np.asarray(returned, bool)
    if not len(who):
        return 0.0
    order = np.argsort(who, kind="stable")
    ordered = who[order]
    starts = np.flatnonzero(np.append(True, np.diff(ordered) != 0))
    place = np.arange(len(ordered)) - np.repeat(starts, np.diff(np.append(starts, len(ordered))))
    return float((back[order] & (place < answers)).sum())


def incoming_likes(shown: ArrayLike, chances: ArrayLike, people: int) -> Doubles:
    """(people,) expected likes that reach each person: the sum of P(like) over the lists that show them.

    Args:
        shown: (m,) who is shown, 0 to people - 1.
        chances: (m,) P(the viewer likes them).

    >>> incoming_likes([0, 0, 2], [0.5, 0.25, 1.0], 3).tolist()
    [0.75, 0.0, 1.0]
    """
    likes = np.bincount(np.asarray(shown, np.int64), np.asarray(chances, np.float64), people)
    return likes.astype(np.float64)
