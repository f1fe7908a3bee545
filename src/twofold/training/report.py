"""What a training did, what it did not and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

COLLABORATIVE = "collaborative"
RANKING = "ranking"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingReport:
    """The result of one training.

    Args:
        version: what was registered; None when nothing could be trained.
        trained: ``collaborative``, ``ranking``, both or nothing.
        skipped: what was not trained, each with a sentence that says why and what to do.
        metrics: figures on later data than the fit saw.
        promoted: it serves now; otherwise it waits as the candidate.
        as_of: the moment up to which it has learned, in microseconds.
        rows: how many decisions went where; how many viewers were drawn to measure by (``recall_viewers`` for the
            vectors, ``relevance_viewers`` for the third head) and how many passes the fits of the vectors took.
        seconds: per stage.

    >>> TrainingReport(as_of=0).to_document()["version"] is None
    True
    """

    as_of: int
    version: str | None = None
    trained: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    promoted: bool = False
    rows: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)
