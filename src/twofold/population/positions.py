"""A log position per person: up to where something about them is known to have changed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Written, compiled
from twofold.domain.candidate import Keys

Positions = NDArray[np.int64]


def raised(positions: Positions, key: int, position: int, people: int) -> Positions:
    """The positions with that of a person raised, in place where there is room.

    >>> raised(np.array([3, 4]), 1, 9, people=2).tolist()
    [3, 9]
    """
    if key >= len(positions):
        positions = np.concatenate([positions, np.zeros(max(people, key + 1) - len(positions), np.int64)])
    positions[key] = max(position, positions[key])
    return positions


def all_raised(positions: Positions, keys: Keys, to: Positions, people: int) -> Positions:
    """As `raised`, of many people, each to a position of their own."""
    missing = int(keys.max(initial=-1)) + 1 - len(positions)
    if missing > 0:
        room = max(people - len(positions), missing)
        positions = np.concatenate([positions, np.zeros(room, np.int64)])
    np.maximum.at(positions, keys, to)
    return positions


def at_keys(positions: Positions, keys: Keys) -> Positions:
    """(m,) the positions of people; 0 beyond the last."""
    return latest_of(positions, positions[:0], keys)


def latest_of(positions: Positions, others: Positions, keys: Keys) -> Positions:
    """(m,) the later of two positions of people; 0 beyond the last.

    >>> latest_of(np.array([3, 4]), np.array([5]), np.array([0, 1, 7])).tolist()
    [5, 4, 0]
    """
    found = np.empty(len(keys), np.int64)
    later(positions, others, keys, found)
    return found


@compiled
def later(
    positions: Column[np.int64], others: Column[np.int64], keys: Column[np.int64], found: Written[np.int64]
) -> None:
    """As `latest_of`."""
    for row in range(len(keys)):
        key = keys[row]
        one = positions[key] if key < len(positions) else 0
        other = others[key] if key < len(others) else 0
        found[row] = max(one, other)
