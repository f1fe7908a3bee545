"""What training learns from, read of the log as of one moment, and what of it the ranker's rows may look at."""

from __future__ import annotations

from dataclasses import dataclass

from twofold.domain.ports import Store
from twofold.domain.time import Micros
from twofold.models.lore import Lore
from twofold.models.rarity import Rarity
from twofold.population.population import Population
from twofold.population.replay import replayed
from twofold.training.course import Course
from twofold.training.decisions import Decisions
from twofold.training.early import Early, fit_early
from twofold.training.habits import count_habits
from twofold.training.recipe import Recipe
from twofold.training.rows import Shown


@dataclass(frozen=True, slots=True)
class Material:
    """Everyone, what they decided in the order of time, and the lists they were shown, all before a moment.

    Lists of later moments may be there too; no decision answers them.
    """

    population: Population
    decisions: Decisions
    shown: Shown
    moment: Micros

    @classmethod
    def read(cls, run: Course, store: Store, moment: Micros) -> Material:
        """From a store."""
        run.stage("read")
        population, events = replayed(store, moment)
        decisions = Decisions.of(events)
        run.rows |= {"people": len(population.columns), "decisions": len(decisions)}
        run.rows["likes"] = int(decisions.label.sum())
        return cls(population, decisions, Shown.read(store), moment)

    def early(self, run: Course, recipe: Recipe) -> tuple[Early, Lore]:
        """The early part: vectors, and what labels say in it."""
        run.stage("early")
        columns = self.population.columns
        early = fit_early(run, self.decisions, columns.rows, recipe.frozen_at)
        return early, Lore(Rarity.of(columns), count_habits(early.decisions(self.decisions), columns))
