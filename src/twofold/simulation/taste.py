"""What people want: the hidden truth behind every like, which training has to find and tests may look at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twofold.simulation.residents import Bools, Doubles, Ints, Residents
from twofold.simulation.words import SCENES

DIMENSIONS = 12
LIKE_SHARE = 0.40

# Few characters, wanted clearly: what 64 dimensions can learn from some 25 likes a person, beside who lives where.
# With these figures factorisation tells held-out likes from dislikes better than popularity does (AUC 0.61 and 0.56).
CHARACTERS = 3
AFFINITY = 3.5
SCENE_SPREAD, OWN_SPREAD = 0.25, 0.1  # how far scenes of one character, and people of one scene, lie apart

# The logit's other weights: each part moves it by about 0.5 to 1, so that none of them tells everything.
ATTRACTION = 0.8
SELECTIVENESS = 0.8
SHARED_INTERESTS = 2.0
AGE_GAP = 0.5
AGE_WIDTH = 6.0  # years: a gap of so many costs AGE_GAP


@dataclass(frozen=True, slots=True)
class Taste:
    """Everyone's hidden taste.

    Args:
        look: (n, 12) unit vectors, what somebody is like. want: (n, 12) unit vectors, what somebody wants.
        attraction: (n,) how much anybody likes the person. selectiveness: (n,) how rarely the person likes anybody.
        age, interests: the visible things that count as well.
        intercept: sets the share of likes.
    """

    look: NDArray[np.float32]
    want: NDArray[np.float32]
    attraction: Doubles
    selectiveness: Doubles
    age: Ints
    interests: NDArray[np.uint64]
    intercept: float = 0.0

    def like_probability(self, viewers: Ints, candidates: Ints) -> Doubles:
        """(m,) P(viewer likes candidate) for pairs of people, given by their places in the town's list."""
        return np.asarray(1 / (1 + np.exp(-self._logit(viewers, candidates) - self.intercept)))

    def calibrated(self, viewers: Ints, candidates: Ints, share: float = LIKE_SHARE) -> Taste:
        """The same taste, with as many likes among these pairs as wanted (bisection on the intercept)."""
        logit = self._logit(viewers, candidates)
        low, high = -20.0, 20.0
        for _ in range(40):
            middle = (low + high) / 2
            few = float(np.mean(1 / (1 + np.exp(-logit - middle)))) < share if len(logit) else False
            low, high = (middle, high) if few else (low, middle)
        return replace(self, intercept=(low + high) / 2)

    def _logit(self, viewers: Ints, candidates: Ints) -> Doubles:
        affinity = np.einsum("ij,ij->i", self.want[viewers], self.look[candidates]).astype(np.float64)
        mine, theirs = self.interests[viewers], self.interests[candidates]
        shared = np.bitwise_count(mine & theirs) / np.maximum(np.bitwise_count(mine | theirs), 1)
        gap = (self.age[viewers] - self.age[candidates]) / AGE_WIDTH
        return np.asarray(
            AFFINITY * affinity
            + ATTRACTION * self.attraction[candidates]
            - SELECTIVENESS * self.selectiveness[viewers]
            + SHARED_INTERESTS * shared
            - AGE_GAP * gap**2
        )


def draw_taste(residents: Residents, rng: np.random.Generator) -> Taste:
    """Draw everyone's taste.

    Every scene has one of three characters; people of a scene resemble each other. Two of three want somebody of their
    own scene, the others of another one. Attraction and selectiveness are standard normal.
    """
    people = len(residents)
    characters = np.linalg.qr(rng.normal(size=(DIMENSIONS, DIMENSIONS)))[0][np.arange(SCENES) % CHARACTERS]
    centres = _units(characters + SCENE_SPREAD * _units(rng.normal(size=(SCENES, DIMENSIONS))))
    elsewhere = (residents.scene + rng.integers(1, SCENES, people)) % SCENES
    at_home: Bools = rng.random(people) < 2 / 3
    wanted = np.where(at_home, residents.scene, elsewhere)
    return Taste(
        look=_units(centres[residents.scene] + OWN_SPREAD * rng.normal(size=(people, DIMENSIONS))),
        want=_units(centres[wanted] + OWN_SPREAD * rng.normal(size=(people, DIMENSIONS))),
        attraction=rng.normal(size=people),
        selectiveness=rng.normal(size=people),
        age=residents.age,
        interests=residents.interests,
    )


def _units(vectors: Doubles) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
