"""The collaborative model alone: the first stage's own order beside the tuned library and popularity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twofold.domain.candidate import Keys
from twofold.evaluation.baselines.contract import Past
from twofold.evaluation.baselines.validation import later_likes, recall_of
from twofold.evaluation.lists import CAP, lister_of, make_lists
from twofold.evaluation.product import ProductUnderTest
from twofold.evaluation.protocols.entries import Entries, Entry
from twofold.evaluation.protocols.timed import PRODUCT, Timed
from twofold.evaluation.targets import Targets
from twofold.training.tuned_als import GRID, TunedAls

DEPTH = 500  # so that a cap, which takes people away, leaves enough for a list


@dataclass(frozen=True, slots=True)
class CollaborativeAlone(Timed):
    """As `Timed`, but the product's lists are in the order of its vectors' inner products."""

    def _shown(self, targets: Targets, product: ProductUnderTest) -> Entries:
        def lister(viewer: int, allowed: Keys, _fewer: bool, k: int) -> Keys:
            fitting = product.by_taste(viewer, DEPTH)
            return fitting[np.isin(fitting, allowed)][:k]

        with self.course.part("lists of the product") as done:
            free = make_lists(lister, targets, done=done)
            capped = make_lists(lister, targets, cap=CAP)
        shown = {PRODUCT: Entry("the product's collaborative model alone", free=free, capped=capped)}
        with self.course.part("tuning the library"):
            tuned = self._tuned()
        by = lister_of(tuned, self.course.chance(tuned.name))
        shown[tuned.name] = Entry(tuned.what, free=make_lists(by, targets), capped=make_lists(by, targets, cap=CAP))
        return {**shown, **self._shown_by_baselines(targets)}

    def _tuned(self) -> TunedAls:
        """The library's model, chosen on validation and fitted on all before the cut."""
        seed, past = self.course.seed, Past(self.list_split.past, self.data.people, self.list_split.cut)
        early = past.before(self.list_split.validate_from)
        wanted, likes = later_likes(past, early, self.course.chance("tuning")), early.likes
        found = [
            recall_of(TunedAls(likes.actor, likes.target, past.people, each, seed), early, wanted, seed)
            if wanted
            else 0.0
            for each in GRID
        ]
        best = GRID[int(np.argmax(found))]
        return TunedAls(past.likes.actor, past.likes.target, past.people, best, seed)
