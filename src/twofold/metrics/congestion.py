"""Attention is finite: of the likes that reach somebody only the first few can be answered."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def answerable(targets: ArrayLike, likes: ArrayLike, capacity: int = 20) -> NDArray[np.float64]:
    """(m,) P(fewer than ``capacity`` likes have reached the target before), for chances of a like in order of time.

    Exact: the number of likes so far is a sum of independent yes-or-no draws, whose distribution up to the capacity is
    carried from chance to chance (Poisson binomial).

    Args:
        targets: (m,) whom each chance concerns, whole numbers from 0.
        likes: (m,) the probability that it becomes a like.

    >>> answerable([3, 3, 5, 3], [1.0, 0.5, 1.0, 0.2], capacity=1).tolist()
    [1.0, 0.0, 1.0, 0.0]
    >>> answerable([3, 3], [0.25, 0.5], capacity=1).tolist()
    [1.0, 0.75]
    """
    whom, chance = np.asarray(targets, np.int64), np.asarray(likes, np.float64)
    free = np.ones(len(whom))
    people = int(whom.max(initial=-1)) + 1
    numbers = np.zeros((people, capacity))
    numbers[:, :1] = 1.0
    # The n-th chances of all people at once; who has had fewer stands still.
    for rows in _turns(whom):
        now = numbers[whom[rows]]
        free[rows] = np.minimum(now.sum(axis=1), 1.0)  # shares that add up to 1 may add up to a rounding more
        liked = chance[rows, None]
        after = now * (1 - liked)
        after[:, 1:] += now[:, :-1] * liked
        numbers[whom[rows]] = after
    return free


def _turns(whom: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    """Rows by how many earlier rows concern the same person: first all firsts, then all seconds, ..."""
    order = np.argsort(whom, kind="stable")
    sorted_ = whom[order]
    turn = np.empty(len(whom), np.int64)
    turn[order] = np.arange(len(whom)) - np.searchsorted(sorted_, sorted_, side="left")
    by_turn = np.argsort(turn, kind="stable")
    return np.split(by_turn, np.flatnonzero(np.diff(turn[by_turn])) + 1) if len(whom) else []
