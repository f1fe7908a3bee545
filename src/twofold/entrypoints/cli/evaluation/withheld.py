"""A store as a plan lets the product see it: without the later decisions of the viewers who are held out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from twofold.domain.changes import EventColumns
from twofold.domain.ports import Store
from twofold.evaluation.product import TrialPlan


class Withheld:
    """Reads as the store does, but for what the plan withholds."""

    def __init__(self, store: Store, plan: TrialPlan) -> None:
        self._store, self._plan = store, plan

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def events(self) -> Iterator[EventColumns]:
        """All events that may be learnt from."""
        held, since = self._plan.held_out, self._plan.frozen_at
        for chunk in self._store.events():
            if held is None or since is None:
                yield chunk
            else:
                yield chunk.take(~(np.isin(chunk.actor, held) & (chunk.at >= since)))
