"""The product under test, as an evaluation sees it: trained aside up to a moment, then asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Candidates, Doubles, Keys
from twofold.domain.time import Micros
from twofold.pipeline.blend import blend, split_quotas
from twofold.pipeline.slate import best_first

Moments = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Directions:
    """What the ranker says of m candidates of one viewer, at one moment.

    Args:
        viewer_likes, candidate_likes: (m,) probabilities.
        utility: (m,) what the list is ordered by: how the two are put together.
    """

    viewer_likes: Doubles
    candidate_likes: Doubles
    utility: Doubles


@dataclass(frozen=True, slots=True)
class Found:
    """What the first stage finds for one viewer whatever the quotas, with the second stage's word on it.

    Args:
        lists: (name, list) per source, in the order in which they fill up.
        keys: (m,) sorted, all who are in some list.
        utility: (m,) what a list is ordered by.
        eligible: how many the sources chose from.
        candidates: how many candidates are taken.
    """

    lists: tuple[tuple[str, Candidates], ...]
    keys: Keys
    utility: Doubles
    eligible: int
    candidates: int

    def list_by(self, shares: Mapping[str, float], k: int) -> Keys:
        """The k best of the candidates that these quotas give, by the pipeline's own blend."""
        asked = [(name, brought) for name, brought in self.lists if name in shares]
        total = max(self.candidates, k)
        keys = blend(asked, split_quotas(shares, total), total, self.eligible).keys
        return keys[best_first(self.utility[np.searchsorted(self.keys, keys)])][:k]


class ProductUnderTest(Protocol):
    """The product as it would have been at a cut in time. All its answers come from the product's own code.

    ``ranks``: there is a ranking model, which alone gives probabilities; ``training``: the training's report;
    ``degraded``: lists in which a component failed; ``notes``: what to know, in sentences.
    """

    @property
    def ranks(self) -> bool:
        """Whether there is a ranking model."""

    @property
    def notes(self) -> Sequence[str]:
        """What the training left out, and the like."""

    @property
    def training(self) -> Mapping[str, Any]:
        """The training's report."""

    @property
    def degraded(self) -> int:
        """Lists in which a component failed, so far."""

    def predict(self, viewers: Keys, candidates: Keys, moments: Moments) -> Doubles:
        """(m,) P(viewer likes candidate), features from strictly before each row's own moment."""

    def predict_cold(self, viewers: Keys, candidates: Keys, moment: Micros) -> Doubles:
        """(m,) the same model with everybody's events hidden: what profiles alone say."""

    def both(self, viewer: int, candidates: Keys, moment: Micros) -> Directions:
        """What the ranker says of given candidates, frozen at one moment."""

    def eligible(self, viewer: int) -> Keys:
        """Whom the viewer could be shown at the cut: sorted keys.

        Raises:
            TwofoldError: the viewer gets no list (not active, say).
        """

    def list_for(self, viewer: int, k: int, allowed: Keys | None = None) -> Keys:
        """The product's own list, end to end; only ``allowed`` people (sorted keys) when given."""

    def capped_list(self, viewer: int, k: int, cap: int, done: float) -> Keys:
        """The product's own list when nobody may be shown more than ``cap`` times over all lists of a run, by its own
        means; ``done`` is the share of the lists that are made (0 begins a new run)."""

    def rank_all(self, viewer: int, eligible: Keys, k: int) -> Keys:
        """The ranker over all eligible people, as if the first stage lost nobody."""

    def source_lists(self, viewer: int, limit: int) -> Mapping[str, Keys]:
        """Per source of the first stage whom it brings when it is alone, best first."""

    def by_taste(self, viewer: int, limit: int, exactly: bool = False) -> Keys:
        """Eligible people by the inner product of their vector with the viewer's; nobody when the viewer has none.

        The index finds them, or all products are computed one by one when it is to be exact.
        """

    def list_without(self, viewer: int, k: int, source: str) -> Keys:
        """The product's own list with one source left out."""


class Adjustable(ProductUnderTest, Protocol):
    """A product under test whose first stage can be set otherwise, the trained models kept."""

    def with_shares(self, shares: Mapping[str, float]) -> Adjustable:
        """The same with other quotas of the candidates; a source without a share is not asked."""

    def with_candidates(self, candidates: int) -> Adjustable:
        """The same with so many candidates."""

    def found(self, viewer: int) -> Found:
        """Whom each source brings this viewer and what the ranker says of them all; the same when asked again."""

    def timed_list(self, viewer: int, k: int) -> tuple[Keys, Mapping[str, float]]:
        """The product's own list, and the milliseconds of each stage."""

    def timed_everyone(self, viewer: int, k: int) -> tuple[Keys, Mapping[str, float]]:
        """The list of the ranker over all eligible people, and the milliseconds of each stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPlan:
    """What a product under test may know.

    Args:
        cut: it learns from events strictly before this moment.
        frozen_at: features and vectors, of all learnt rows too, are those of this moment, and lists are made at it;
            None: rows are learnt as of their own moments, and lists are made at the cut.
        held_out: sorted keys of viewers of whose decisions at or after ``frozen_at`` nothing is learnt.
        seed: for the fits and for what lists draw.
    """

    cut: Micros
    frozen_at: Micros | None = None
    held_out: Keys | None = None
    seed: int = 0

    @property
    def moment(self) -> Micros:
        """When lists are made."""
        return self.cut if self.frozen_at is None else self.frozen_at


Trials = Callable[[TrialPlan], AbstractContextManager[ProductUnderTest]]
"""Trains aside and hands out the product; what it left on disk is gone at the end."""

AdjustableTrials = Callable[[TrialPlan], AbstractContextManager[Adjustable]]
"""The same, of products whose first stage can be set otherwise."""
