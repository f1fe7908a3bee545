"""What every report says of its data."""

from __future__ import annotations

from twofold.domain.time import datetime_from_micros
from twofold.evaluation.data import Data, decisions_of, likes_of
from twofold.evaluation.document import DataFacts


def facts(data: Data) -> DataFacts:
    """Name, hash and counts."""
    return DataFacts(
        name=data.name,
        sha256=data.digest,
        people=data.persons,
        events=len(data.events),
        decisions=len(decisions_of(data.events)),
        likes=len(likes_of(data.events)),
    )


def moment_text(at: int) -> str:
    """A moment as ISO 8601 in UTC, to the second.

    >>> moment_text(0)
    '1970-01-01T00:00:00Z'
    """
    return datetime_from_micros(at).strftime("%Y-%m-%dT%H:%M:%SZ")
