"""All figures of one viewer's pairs with the candidates of a list, in a few compiled passes.

The features' own definitions stay what counts: these figures are the same within 1e-6, which is tested,
and where they cannot be had (somebody's profile was another one at the moment) the definitions are asked instead.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats, Keys
from twofold.domain.time import day_of
from twofold.features.brought import Brought
from twofold.features.figures import of_neighbours, of_profiles, of_standing, of_tastes
from twofold.features.meeting import Marks
from twofold.features.spec import FEATURES
from twofold.models.lore import Lore
from twofold.models.tastes import Tastes
from twofold.population.crowd import Crowd
from twofold.population.latest import Acts
from twofold.population.population import Population
from twofold.population.standing import last_about
from twofold.population.today import Glance
from twofold.population.vocabulary import WORD

PROFILES = (
    "candidate_habits",
    "viewer_group",
    "age_gap_of_strangers",
    "age_gap",
    "same_place",
    "distance",
    "shared_interests",
    "rare_shared_interests",
    "candidate_hours_since_active",
    "viewer_hours_since_active",
    "back candidate_habits",
    "back viewer_group",
    "back age_gap_of_strangers",
)
NEIGHBOURS = (
    "common_liked",
    "common_admirers",
    "liked_by_liked",
    "likes_admirers",
    "near_both_like",
    "near_liked_by_liked",
    "near_likes_admirers",
    "near_both_liked",
    "near_declined_by_liked",
    "near_liked_by_declined",
    "back liked_by_liked",
    "back likes_admirers",
)
TASTES = ("taste", "taste_back", "taste_above", "taste_back_above", "taste_mutual")
STANDING = (
    "liked_by_candidate",
    "declined_by_candidate",
    "super_liked_by_candidate",
    "days_liked_by_candidate",
    "liked_by_one_of",
    "account_ages_apart",
    "activity_apart",
    "back liked_by_candidate",
    "back declined_by_candidate",
)
BROUGHT = tuple(name for name in FEATURES if name.startswith("brought_by_"))
FIGURES = (*PROFILES, *NEIGHBOURS, *TASTES, *STANDING, *BROUGHT, "unknown")
# The rows that each pass fills in.
_SIZES = [len(names) for names in (PROFILES, NEIGHBOURS, TASTES, STANDING, BROUGHT)]
_PARTS = [slice(end - size, end) for size, end in zip(_SIZES, accumulate(_SIZES), strict=True)]
SOURCES = tuple(name.removeprefix("brought_by_") for name in BROUGHT)

# Which row of a sheet is a feature's column, seen from the viewer, and from the candidates: there it is a row of its
# own, that of the feature that says the same of the pair turned round, or what nobody knows.
FORWARD = {name: row for row, name in enumerate(FIGURES) if name in FEATURES}
BACK = {name: FORWARD[str(FEATURES[name].turned)] for name in FORWARD if FEATURES[name].turned in FORWARD}
BACK |= {name.removeprefix("back "): row for row, name in enumerate(FIGURES) if name.startswith("back ")}
BACK |= dict.fromkeys(BROUGHT, FIGURES.index("unknown"))


class Sheets:
    """Reads sheets of one population and one model.

    Args:
        population: everyone.
        tastes: the first stage's vectors; None while there is no model.
        lore: of labels.
    """

    def __init__(self, population: Population, tastes: Tastes | None, lore: Lore) -> None:
        self._population, self._tastes, self._lore = population, tastes, lore
        self._marks = Marks(population)

    def of(self, people: Keys, as_of: AsOf, brought: Brought | None) -> Floats | None:
        """(figures, m) as `FORWARD` and `BACK` name them; None when profiles of the moment are not the present ones.

        Args:
            people: (m + 1,) the viewer and the candidates.
            as_of: one moment, of the whole log.
            brought: as in `FeatureService.read`.
        """
        population = self._population
        if not population.profiles.present(people, as_of):
            return None
        found = np.empty((len(FIGURES), len(people) - 1), np.float32)
        profiles, neighbours, vectors, standing, sources = (found[part] for part in _PARTS)
        given, received = population.given.glance(people, as_of), population.received.glance(people, as_of)
        viewer, moment = int(people[0]), int(as_of.moments[0])
        by, about = population.given.acts_of(viewer, moment), population.received.acts_of(viewer, moment)
        crowd = population.crowd(as_of)
        self._profiles(profiles, people, as_of, given, received)
        self._neighbours(neighbours, people, as_of, by, about, crowd)
        self._vectors(vectors, people, as_of)
        self._standing(standing, people, as_of, by, about, crowd, given, received)
        _brought(sources, brought)
        found[-1] = np.nan
        return found

    def _profiles(self, found: Floats, people: Keys, as_of: AsOf, given: Glance, received: Glance) -> None:
        columns, moment = self._population.columns, int(as_of.moments[0])
        width = columns.interests.words.shape[1] * WORD
        of_profiles(
            found,
            people,
            moment,
            *columns.calendar(day_of(moment)),
            given.decisions,
            received.decisions,
            given.last,
            columns.birth_year,
            columns.birth_month_day,
            columns.gender,
            columns.place,
            columns.lat,
            columns.lon,
            columns.seen,
            columns.interests.words,
            self._lore.rarity.weights(columns.interest_labels, width),
            self._lore.habits.liked_by(columns, width),
            self._lore.habits.groups_by(columns),
        )

    def _neighbours(self, found: Floats, people: Keys, as_of: AsOf, by: Acts, about: Acts, crowd: Crowd) -> None:
        sums = self._marks.meet(by, about, people[1:], as_of, crowd.degrees)
        of_neighbours(found, *(each.reshape(16, -1) for each in sums))

    def _vectors(self, found: Floats, people: Keys, as_of: AsOf) -> None:
        if self._tastes is None:
            found[:2], found[2:] = np.nan, 0.0
            return
        vectors, taste, appeal = (
            self._tastes.vectors,
            self._tastes.viewers(people, as_of),
            self._tastes.candidates(people),
        )
        usual = *vectors.usual(taste.rows[0], "candidates"), *vectors.usual(appeal.rows[0], "viewers")
        of_tastes(found, taste.rows, taste.known, appeal.rows, appeal.known, vectors.exact_levels, *usual)

    def _standing(
        self,
        found: Floats,
        people: Keys,
        as_of: AsOf,
        by: Acts,
        about: Acts,
        crowd: Crowd,
        given: Glance,
        received: Glance,
    ) -> None:
        back, there = last_about(about, people[1:]), last_about(by, people[1:])
        created = crowd.created_rank(self._population.columns.created_day[people].astype(np.int64))
        active = crowd.active_rank(given.last)
        likes, moment = int(received.positives[0]), int(as_of.moments[0])
        of_standing(found, moment, back.kind, back.at, there.kind, likes, created, active, crowd.people)


def _brought(found: Floats, brought: Brought | None) -> None:
    """Fill in which sources brought whom."""
    if brought is None:
        found[:] = np.nan
        return
    for row, source in enumerate(SOURCES):
        found[row] = brought.get(source, 0.0)
