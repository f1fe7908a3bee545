"""How rare each interest is: counted when a model is trained and kept with it, so that it means the same ever after."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from twofold.domain.candidate import Floats
from twofold.population.columns import PeopleColumns
from twofold.population.vocabulary import Vocabulary


class Rarity:
    """A weight per interest, log(people / people who have it); one that nobody had weighs as much as the rarest.

    >>> Rarity({"tea": 0.5, "falconry": 3.0}).weights(Vocabulary(), 2).tolist()
    [3.0, 3.0]
    """

    def __init__(self, by_label: Mapping[str, float]) -> None:
        self.by_label = dict(by_label)
        self._kept: tuple[Vocabulary, int, int, Floats] | None = None

    @classmethod
    def of(cls, columns: PeopleColumns) -> Rarity:
        """Counted among the people there are."""
        people = len(columns)
        counts = columns.interest_people
        return cls(
            {
                columns.interest_labels.label(code): float(np.log((people + 1) / count))
                for code, count in enumerate(counts)
                if count
            }
        )

    def weights(self, labels: Vocabulary, width: int) -> Floats:
        """(width,) by code; 1 for all when nothing was counted."""
        kept, size = self._kept, len(labels)
        if kept is not None and kept[0] is labels and kept[1:3] == (size, width):
            return kept[3]
        rarest = max(self.by_label.values(), default=1.0)
        column = np.full(width, rarest, np.float32)
        for code in range(min(size, width)):
            column[code] = self.by_label.get(labels.label(code), rarest)
        self._kept = (labels, size, width, column)
        return column
