"""What is asked: one viewer, one moment, one list length."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from twofold.domain.time import Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A request for one list.

    Args:
        viewer: the key of the person who looks.
        as_of: the moment features, ages and exclusions are computed for.
        limit: how many people the list should hold.
        exclude: keys that this request asks to leave out.
        rng: the request's own chance: ties, sampling and exploration draw from it.
    """

    request_id: str
    viewer: int
    as_of: Micros
    limit: int
    rng: np.random.Generator
    exclude: frozenset[int] = field(default_factory=frozenset)
