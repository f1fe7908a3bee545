"""Parts of a data set: who is new, who is not, and each side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles, Keys
from twofold.evaluation.data import Data
from twofold.evaluation.document import Figures, Slice
from twofold.evaluation.lists import Shown, quality
from twofold.evaluation.probabilities import measured
from twofold.evaluation.split import Split, labels

COLD = 2  # decisions that somebody is part of, given or received, below which nearly nothing is known of them
# With fewer decisions or lists an interval is as wide as the scale.
FEWEST_ROWS = 20

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Parts:
    """What is known of each person at a cut.

    Args:
        seen: (people,) past decisions that each person is part of.
        groups, group_names: as in `Data`.
    """

    seen: NDArray[np.int64]
    groups: NDArray[np.int32]
    group_names: tuple[str, ...]

    @classmethod
    def of(cls, data: Data, split: Split) -> Parts:
        """As of the split's cut."""
        past = split.past
        seen = np.bincount(past.actor, minlength=data.people) + np.bincount(past.target, minlength=data.people)
        return cls(seen, data.groups, data.group_names)

    def of_pairs(self, viewers: Keys, candidates: Keys) -> dict[str, Mask]:
        """Masks over pairs, by the slice's name."""
        mine, theirs = self.seen[viewers], self.seen[candidates]
        sides = {f"from_{name}": self.groups[viewers] == code for code, name in enumerate(self.group_names)}
        return {
            "warm": (mine > COLD) & (theirs > COLD),
            "cold_viewer": mine <= COLD,
            "cold_candidate": theirs <= COLD,
            "unseen": (mine == 0) | (theirs == 0),
            **sides,
        }

    def of_lists(self, shown: Shown) -> dict[str, tuple[NDArray[np.int64], Mask]]:
        """Per slice the places of the viewers who count, and (people,) who counts as a candidate."""
        viewers, everyone = shown.targets.viewers, np.ones(len(self.seen), bool)
        mine, known = self.seen[viewers], self.seen > COLD
        sides = {
            f"from_{name}": (np.flatnonzero(self.groups[viewers] == code), everyone)
            for code, name in enumerate(self.group_names)
        }
        return {
            "warm": (np.flatnonzero(mine > COLD), known),
            "cold_viewer": (np.flatnonzero(mine <= COLD), everyone),
            "cold_candidate": (np.arange(len(viewers)), ~known),
            **sides,
        }


@dataclass(frozen=True, slots=True)
class Said:
    """P(like) of the test's decisions, by one system: with features of the moment, and with delayed ones."""

    now: Doubles
    delayed: Doubles | None


def slices_of(
    parts: Parts, split: Split, said: Said | None, shown: Shown | None, rng: np.random.Generator
) -> dict[str, Slice]:
    """Figures of each part that has enough rows or lists."""
    found: dict[str, Slice] = {}
    masks = parts.of_pairs(split.future.actor, split.future.target) if said is not None else {}
    places = parts.of_lists(shown) if shown is not None else {}
    for name in dict.fromkeys([*masks, *places]):
        mask = masks.get(name)
        rows = 0 if mask is None or mask.sum() < FEWEST_ROWS else int(mask.sum())
        viewers, lists = _lists(shown, *places[name], rng) if shown is not None and name in places else (0, {})
        if rows or lists:
            found[name] = Slice(
                rows=rows,
                viewers=viewers,
                p_like=_part(split, said.now, mask, rng) if said and rows else {},
                p_like_delayed=_part(split, said.delayed, mask, rng) if said and rows else {},
                lists=lists,
            )
    return found


def _part(split: Split, said: Doubles | None, mask: Mask | None, rng: np.random.Generator) -> Figures:
    if said is None or mask is None:
        return {}
    return measured(labels(split.future)[mask], said[mask], split.future.actor[mask], rng)


def _lists(shown: Shown, places: NDArray[np.int64], counts: Mask, rng: np.random.Generator) -> tuple[int, Figures]:
    relevant = tuple(some[counts[some]] for some in shown.targets.relevant)
    mutual = tuple(some[counts[some]] for some in shown.targets.mutual)
    some = np.array([place for place in places.tolist() if len(relevant[place])], np.int64)
    if len(some) < FEWEST_ROWS:
        return 0, {}
    return len(some), quality(shown, rng, (relevant, mutual), some)
