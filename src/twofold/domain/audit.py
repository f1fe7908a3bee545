"""The trail of what operators and the product itself did to models: who did what to what, when, and on what grounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from twofold.domain.time import Micros

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One act. It is kept for good, so it holds nothing about people: not in ``subject``, not in ``details``.

    Args:
        at: when it was done.
        actor: who did it: the way in (``cli``, ``http``) or the part of the product (``training``).
        action: what was done, e.g. ``promote``.
        subject: what it was done to, e.g. a model version.
        details: the grounds, as JSON with finite numbers.

    >>> AuditEntry(at=Micros(0), actor="cli", action="promote", subject="m0003", details={"from": "m0002"}).details
    {'from': 'm0002'}
    """

    at: Micros
    actor: str
    action: str
    subject: str
    details: Mapping[str, Json] = field(default_factory=dict)
