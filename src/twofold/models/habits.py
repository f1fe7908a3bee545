"""What profiles alone say of likes: how people with a label like and are liked, counted when a model is trained.

Kept with the model, so that they mean the same ever after. This is what is known of somebody who has not done anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Table, compiled
from twofold.domain.candidate import Doubles, Floats
from twofold.domain.errors import Damaged
from twofold.models.artifact import JSON, REMEDY
from twofold.population.columns import UNKNOWN, PeopleColumns
from twofold.population.profiles import ProfileRows
from twofold.population.vocabulary import WORD, Vocabulary

NOBODY = ""  # stands for an unknown gender

Offsets = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Habits:
    """Differences in log-odds from what is usual.

    Args:
        groups: by gender, how much more readily it likes than everybody.
        likers: by gender and interest, how much more readily people of this gender like who have the interest.
        liked: by gender and interest, how much more readily this gender likes people who have the interest.

    >>> Habits({"woman": 0.5}).group(np.array([0, -1]), _labels("woman")).tolist()
    [0.5, 0.0]
    """

    groups: Mapping[str, float] = field(default_factory=dict)
    likers: Offsets = field(default_factory=dict)
    liked: Offsets = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_kept", {})
        object.__setattr__(self, "_groups", None)
        object.__setattr__(self, "_liked", None)

    def group(self, genders: NDArray[np.int32], labels: Vocabulary) -> Floats:
        """(m,) of people by their gender's code."""
        table = np.array([*(self.groups.get(label, 0.0) for label in labels.labels()), self._unknown])
        return np.asarray(table[genders], np.float32)  # -1, unknown, looks at the last

    def of_likers(self, columns: PeopleColumns, people: ProfileRows) -> Floats:
        """(m,) mean over a person's interests of how people of their gender with them like; 0 when none is counted."""
        return self._mean(columns, "likers", people.genders, people.interest_words)

    def of_liked(self, columns: PeopleColumns, viewers: ProfileRows, candidates: ProfileRows) -> Floats:
        """(m,) mean over the candidate's interests of how the viewer's gender likes people with them."""
        return self._mean(columns, "liked", viewers.genders, candidates.interest_words)

    def groups_by(self, columns: PeopleColumns) -> Doubles:
        """(genders + 1,) as `group`, by the code of the gender; the last for unknown."""
        kept = self.__dict__["_groups"]
        if kept is None or kept[0] is not columns.genders or len(kept[1]) != len(columns.genders) + 1:
            labels = columns.genders.labels()
            kept = columns.genders, np.array([*(self.groups.get(label, 0.0) for label in labels), self._unknown])
            self.__dict__["_groups"] = kept
        groups: Doubles = kept[1]
        return groups

    def liked_by(self, columns: PeopleColumns, width: int) -> Doubles:
        """((genders + 1) * width, 2) how each gender likes people with each interest, by the codes of both, and 1 where
        it is counted (else both 0); the last gender is the unknown one."""
        labels, size = columns.interest_labels, (len(columns.genders), len(columns.interest_labels), width)
        kept = self.__dict__["_liked"]
        if kept is None or kept[0] is not labels or kept[1] != size:
            genders = [*range(size[0]), UNKNOWN]
            tables = [self._column(columns, "liked", gender, width) for gender in genders]
            kept = self.__dict__["_liked"] = labels, size, np.concatenate(tables)
        liked: Doubles = kept[2]
        return liked

    def to_document(self) -> dict[str, JSON]:
        """As JSON."""
        likers: dict[str, JSON] = {gender: {**offsets} for gender, offsets in self.likers.items()}
        liked: dict[str, JSON] = {gender: {**offsets} for gender, offsets in self.liked.items()}
        documents: list[JSON] = [{**self.groups}, {**likers}, {**liked}]
        return dict(zip(("groups", "likers", "liked"), documents, strict=True))

    @classmethod
    def from_document(cls, document: JSON) -> Habits:
        """Read back what `to_document` wrote.

        Raises:
            Damaged: it holds something else than finite figures by label.
        """
        if not isinstance(document, dict):
            raise _damaged()
        likers, liked = (_nested(document.get(name)) for name in ("likers", "liked"))
        return cls(_figures(document.get("groups")), likers, liked)

    @property
    def _unknown(self) -> float:
        return self.groups.get(NOBODY, 0.0)

    def _mean(self, columns: PeopleColumns, name: str, genders: NDArray[np.int32], words: NDArray[np.uint64]) -> Floats:
        width = words.shape[1] * WORD
        if len(genders) == 1:
            return mean_of_set(words, self._column(columns, name, int(genders[0]), width))
        found = np.zeros(len(genders), np.float32)
        for code in np.unique(genders).tolist():
            here = genders == code
            found[here] = mean_of_set(
                words if len(words) == 1 else words[here], self._column(columns, name, code, width)
            )
        return found

    def _column(self, columns: PeopleColumns, name: str, gender: int, width: int) -> Doubles:
        """(width, 2) offsets by code of the interest for one gender, and whether one was counted (else both are 0)."""
        kept: dict[tuple[str, int], tuple[Vocabulary, int, int, Doubles]] = self.__dict__["_kept"]
        labels, found = columns.interest_labels, kept.get((name, gender))
        if found is None or found[0] is not labels or found[1:3] != (len(labels), width):
            offsets = getattr(self, name).get(NOBODY if gender == UNKNOWN else columns.genders.label(gender), {})
            column = np.full(width, np.nan)
            for code in range(min(len(labels), width)):
                column[code] = offsets.get(labels.label(code), np.nan)
            both = np.stack([np.nan_to_num(column), ~np.isnan(column)], axis=1)
            found = kept[name, gender] = (labels, len(labels), width, both)
        return found[3]


@compiled
def mean_of_set(words: Table[np.uint64], offsets: Table[np.float64]) -> Floats:
    """(m,) mean offset of those codes of each set that are counted; 0 when none is.

    Args:
        words: (m, words) sets as bits.
        offsets: (codes, 2) the offset of each code, and 1 where it is counted (else both are 0).
    """
    found = np.zeros(len(words), np.float32)
    for row in range(len(words)):
        total = counted = 0.0
        for code in range(len(offsets)):
            if (words[row, code // 64] >> np.uint64(code % 64)) & np.uint64(1):
                total += offsets[code, 0]
                counted += offsets[code, 1]
        found[row] = total / max(counted, 1.0)
    return found


def _labels(*labels: str) -> Vocabulary:
    found = Vocabulary()
    for label in labels:
        found.code(label)
    return found


def _nested(document: JSON) -> dict[str, dict[str, float]]:
    if not isinstance(document, dict):
        raise _damaged()
    return {gender: _figures(offsets) for gender, offsets in document.items()}


def _figures(document: JSON) -> dict[str, float]:
    if not isinstance(document, dict):
        raise _damaged()
    found: dict[str, float] = {}
    for label, value in document.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise _damaged()
        found[label] = float(value)
    return found


def _damaged() -> Damaged:
    return Damaged(f"the habits of the model are not what was expected; {REMEDY}")
