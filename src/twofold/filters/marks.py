"""Codes for a few people, looked up among many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, compiled
from twofold.domain.candidate import Codes, Removed

Turns = NDArray[np.uint8]


def in_turn(*codes: Removed) -> Turns:
    """(256,) by code: whose turn it is first when somebody has several; 0 for all other codes.

    >>> in_turn(Removed.BLOCKED, Removed.REPORTED)[[Removed.BLOCKED, Removed.REPORTED, Removed.DECIDED]].tolist()
    [2, 1, 0]
    """
    turns = np.zeros(256, np.uint8)
    turns[[int(code) for code in codes]] = np.arange(len(codes), 0, -1)
    return turns


@compiled
def marked(keys: Column[np.int64], who: Column[np.int64], codes: Column[np.uint8], turns: Column[np.uint8]) -> Codes:
    """(m,) the codes of people among a few who have one; 0 without. Of several codes of somebody the first in turn.

    Args:
        keys: (m,) distinct; it is quickest when they rise.
        who, codes: (k,) people and their codes; one whose turn never comes counts nothing.
        turns: (256,) of `in_turn`.

    >>> who, codes = np.array([3, 7, 7]), np.array([8, 8, 2], np.uint8)
    >>> marked(np.array([7, 8]), who, codes, in_turn(Removed.BLOCKED, Removed.DECIDED)).tolist()
    [2, 0]
    """
    found, rising = np.zeros(len(keys), np.uint8), True
    for row in range(1, len(keys)):
        rising = rising and keys[row - 1] < keys[row]
    order = np.empty(0, np.int64) if rising else np.argsort(keys)
    for mark in range(len(who)):
        if not turns[codes[mark]]:
            continue
        low, high = 0, len(keys)
        while low < high:
            middle = (low + high) // 2
            if keys[middle if rising else order[middle]] < who[mark]:
                low = middle + 1
            else:
                high = middle
        if low < len(keys):
            place = low if rising else order[low]
            if keys[place] == who[mark] and turns[codes[mark]] > turns[found[place]]:
                found[place] = codes[mark]
    return found
