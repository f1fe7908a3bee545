"""Champion and challenger, trained aside on the earlier decisions and measured on the later ones."""

from __future__ import annotations

from dataclasses import dataclass

from twofold.domain.model import ModelRecord
from twofold.domain.ports import Store
from twofold.domain.time import system_clock
from twofold.entrypoints.cli.evaluation.trials import Workshop
from twofold.entrypoints.cli.progress import Report
from twofold.evaluation.contest import Contest
from twofold.evaluation.data import Data
from twofold.evaluation.promotion import Verdict
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.split import split_by_time, split_since
from twofold.models.registry import Registry
from twofold.settings import Settings
from twofold.training.recipe import Recipe

SEED = 0  # of samples and intervals: two comparisons on the same data end the same


@dataclass(frozen=True, slots=True)
class Rivals:
    """Compares versions of one installation.

    Versions have learnt from nearly everything that is stored, so they cannot be tested on it as they are. Their
    recipes can: each is trained aside on the first 80 % of the decisions, and both are measured on the last 20 %.

    Two versions of one recipe (but for the seed) would give the same model twice. What is asked then is whether fresher
    is better: the champion as it serves is held against the same recipe, trained up to the cut. The champion must not
    have seen the test, so that is the later half of what came since its training, and at most the last 20 %.

    Args:
        report: told where it is.
    """

    settings: Settings
    store: Store
    report: Report

    def verdict(self, champion: ModelRecord, challenger: ModelRecord) -> Verdict:
        """The rule's verdict on the challenger.

        Raises:
            Refused: there is too little to tell by, or features or a ranker of one of them are not to be had here.
            Damaged: an artifact does not verify.
            Unavailable: the store or temporary files cannot be used.
        """
        registry = Registry(self.store, self.settings.models_dir, system_clock)
        old, new = (Recipe.of(each, registry.recipe(each.version)) for each in (champion, challenger))
        self.report("read", 0.0)
        data, workshop = Data.read("stored data", self.store), Workshop.of(self.settings, self.store, self.report)
        course = Course(SEED, self.report)
        if not old.makes_the_same_as(new):
            return Contest(data, split_by_time(data.events), course).verdict(workshop.trials(old), workshop.trials(new))
        fresh = Contest(data, split_since(data.events, champion.as_of), course)
        return fresh.verdict(workshop.trials_as_it_is(registry.load(champion.version)), workshop.trials(new))
