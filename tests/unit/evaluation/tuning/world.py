"""A product of two sources, of which one knows the truth: its lists are as good as that source's quota is large."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np

from tests.unit.evaluation.world import Oracle
from twofold.domain.candidate import Candidates, Keys
from twofold.domain.changes import EventColumns
from twofold.evaluation.product import AdjustableTrials, Found, TrialPlan

NAMES = ("collaborative", "content", "exploration")
CANDIDATES = 12


@dataclass
class Adjusted(Oracle):
    """``collaborative`` brings the likeliest, the others the unlikeliest, or all the same when ``level``."""

    shares: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(NAMES, 1 / 3))
    candidates: int = CANDIDATES
    level: bool = False
    looked: list[int] = field(default_factory=list)

    def with_shares(self, shares: Mapping[str, float]) -> Adjusted:
        """The same with other quotas."""
        return replace(self, shares=shares)

    def with_candidates(self, candidates: int) -> Adjusted:
        """The same with so many candidates."""
        return replace(self, candidates=candidates)

    def found(self, viewer: int) -> Found:
        """The lists of all sources."""
        eligible = self.eligible(viewer)
        best = self.rank_all(viewer, eligible, len(eligible))
        worst = best if self.level else best[::-1]
        lists = {name: best if name == NAMES[0] else worst for name in NAMES}
        self.looked.append(viewer)
        return Found(
            tuple((name, Candidates(keys.copy(), np.zeros(len(keys), np.float32))) for name, keys in lists.items()),
            eligible,
            self.both(viewer, eligible, self.plan.moment).viewer_likes,
            len(eligible),
            self.candidates,
        )

    def list_for(self, viewer: int, k: int, allowed: Keys | None = None) -> Keys:
        """By the quotas; short, so that they matter."""
        found = self.found(viewer)
        self.looked.pop()
        return replace(found, candidates=min(k, self.candidates)).list_by(self.shares, min(k, self.candidates))

    def timed_list(self, viewer: int, k: int) -> tuple[Keys, Mapping[str, float]]:
        """A millisecond for each candidate."""
        return self.list_for(viewer, k), {"filter": 1.0, "rank": float(self.candidates)}

    def timed_everyone(self, viewer: int, k: int) -> tuple[Keys, Mapping[str, float]]:
        """A second."""
        return self.rank_all(viewer, self.eligible(viewer), k), {"filter": 1.0, "rank": 1_000.0}


def adjustable(events: EventColumns, people: int, *, level: bool = False) -> tuple[AdjustableTrials, list[Adjusted]]:
    """Trials that hand out such products, and the list in which they are remembered."""
    handed: list[Adjusted] = []

    @contextmanager
    def trials(plan: TrialPlan) -> Iterator[Adjusted]:
        product = Adjusted(events, people, plan, level=level)
        handed.append(product)
        yield product

    return trials, handed
