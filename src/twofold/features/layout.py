"""Where the columns of a feature version come from when its rows are those of a list."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from twofold.compiled import Column, Table, WrittenTable, compiled
from twofold.domain.candidate import Floats
from twofold.features.spec import FEATURES, FeatureVersion

# Where a column comes from: what is kept of the viewer, of the candidate, the sheet, or its own definition.
OF_VIEWER, OF_CANDIDATE, OF_SHEET, DEFINED = range(4)
# Columns that are another one of the version where a figure of the sheet is 1, and 0 where that is 0.
WHERE = {"rank_of_candidate_who_likes": ("rank_liked_30", "liked_by_candidate")}


class Layout:
    """The columns of one version, seen from one side.

    Args:
        version: whose.
        kept: by feature of one side, which column of what is kept of single people it is.
        figures: by feature of both, which row of a sheet it is (`sheet.FORWARD`, or `sheet.BACK`).
        turned: the candidates look at the viewer.
    """

    def __init__(
        self, version: FeatureVersion, kept: Mapping[str, int], figures: Mapping[str, int], turned: bool
    ) -> None:
        self.turned = turned
        self.width = len(version.names)
        self.of, self.at = np.full(self.width, DEFINED, np.int64), np.zeros(self.width, np.int64)
        self.where: list[tuple[int, int, int]] = []
        for place, name in enumerate(version.names):
            side = FEATURES[name].of
            if side is not None:
                self.of[place], self.at[place] = OF_VIEWER if side == "viewer" else OF_CANDIDATE, kept[name]
            elif name in figures:
                self.of[place], self.at[place] = OF_SHEET, figures[name]
            elif name in WHERE and WHERE[name][0] in version.names and WHERE[name][1] in figures:
                self.where.append((place, version.names.index(WHERE[name][0]), figures[WHERE[name][1]]))
        features = [FEATURES[name] for name in version.names]
        filled = {place for place, _, _ in self.where} | set(np.flatnonzero(self.of != DEFINED).tolist())
        self.known = [(name, place) for place, name in enumerate(version.names) if place in filled]
        self.defined = [(place, each) for place, each in enumerate(features) if place not in filled]
        self.tells = [place for place, each in enumerate(features) if each.tells]

    def filled(self, kept: Floats, sheet: Floats) -> Floats:
        """(features, m) all columns but those that are `defined`.

        Args:
            kept: (m + 1, columns) of the viewer and the candidates.
            sheet: (figures, m).
        """
        found = np.empty((self.width, sheet.shape[1]), np.float32)
        fill(found, self.of, self.at, kept, sheet, self.turned)
        for place, other, figure in self.where:
            found[place] = found[other] * sheet[figure]
        return found


@compiled
def fill(
    found: WrittenTable[np.float32],
    of: Column[np.int64],
    at: Column[np.int64],
    kept: Table[np.float32],
    sheet: Table[np.float32],
    turned: bool,
) -> None:
    """As `Layout.filled`; whoever looks is the first row of ``kept``, or all others where it is ``turned``."""
    for place in range(len(of)):
        column = at[place]
        if of[place] == OF_SHEET:
            found[place] = sheet[column]
        elif of[place] != DEFINED and (of[place] == OF_VIEWER) != turned:
            found[place] = kept[0, column]
        elif of[place] != DEFINED:
            found[place] = kept[1:, column]
