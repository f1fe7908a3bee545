"""Batches made uniform before any store sees them: plain integers that fit 64 bits."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from twofold.domain.changes import EventBatch
from twofold.domain.errors import InvalidInput, NotFound


def plain(batch: EventBatch) -> EventBatch:
    """The same events with Python integers, whatever integers came.

    Raises:
        InvalidInput: when a number does not fit 64 bits, or the columns are not equally long.

    >>> plain(EventBatch([np.int64(1)], [2], [1], [5], [None])).actor
    [1]
    """
    actor, target, kind, at = (_integers(column) for column in (batch.actor, batch.target, batch.kind, batch.at))
    if {len(actor), len(target), len(kind), len(at)} != {len(batch.client)}:
        raise InvalidInput("events", "columns of one length")
    return EventBatch(actor, target, kind, at, list(batch.client))


def check_keys(batch: EventBatch, next_key: int, gone: AbstractSet[int]) -> None:
    """Raise `NotFound` unless every key of the batch was given out and belongs to somebody still.

    Keys are dense, so the two ends and the removed ones decide; no look-up per event.
    """
    for column in (batch.actor, batch.target):
        if column and (min(column) < 0 or max(column) >= next_key or not gone.isdisjoint(column)):
            raise NotFound("an event names a person who is not there (any more); import or put people first")


def _integers(column: Sequence[int]) -> list[int]:
    try:
        values: list[int] = np.asarray(column, np.int64).tolist()
    except OverflowError:
        raise InvalidInput("events", "integers of at most 64 bits") from None
    return values
