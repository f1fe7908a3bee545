"""What each system said and showed, before it is measured; and the figures of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from twofold.domain.candidate import Doubles, Keys
from twofold.evaluation.baselines.rates import FourRates
from twofold.evaluation.data import Data
from twofold.evaluation.document import Point, ReliabilityBin, Slice, System
from twofold.evaluation.lists import Shown, exposure, quality, shown_counts
from twofold.evaluation.probabilities import measured, plotted
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.slices import Parts, Said, slices_of
from twofold.evaluation.split import Split, labels
from twofold.metrics.exposure import lorenz


@dataclass(frozen=True, slots=True)
class Entry:
    """One system: a few words on it, what it said of the test's decisions, its lists, and those under the cap."""

    what: str
    said: Said | None = None
    free: Shown | None = None
    capped: Shown | None = None


Entries = dict[str, Entry]


def joined(said: Entries, lists: Entries) -> Entries:
    """One entry per name: what was said by the one, what was shown by the other; the product first."""
    both = {}
    for name in dict.fromkeys([*lists, *said]):
        entry = lists.get(name) or said[name]
        both[name] = replace(entry, said=said[name].said) if name in said else entry
    return both


@dataclass(frozen=True, slots=True)
class Measure:
    """Turns entries into figures.

    Args:
        split: of what was said; ``list_split``: of the lists.
        judge: says P(like) at the lists' cut, for the expected incoming likes of every system.
    """

    data: Data
    split: Split
    list_split: Split
    judge: FourRates
    course: Course

    def systems(self, entries: Entries) -> dict[str, System]:
        """All of them, in order."""
        return {name: self._system(entry) for name, entry in entries.items()}

    def _system(self, entry: Entry) -> System:
        truth, actor, rng = labels(self.split.future), self.split.future.actor, self.course.chance("figures")
        said, free, capped = entry.said, entry.free, entry.capped
        return System(
            what=entry.what,
            p_like=measured(truth, said.now, actor, rng) if said else {},
            p_like_delayed=measured(truth, said.delayed, actor, rng) if said and said.delayed is not None else {},
            lists=quality(free, rng) if free else {},
            lists_capped=quality(capped, rng) if capped else {},
            exposure=exposure(free, self._chances, rng) if free else {},
            exposure_capped=exposure(capped, self._chances, rng) if capped else {},
            slices=self._slices(entry),
            list_count=len(free.targets) if free else 0,
        )

    def _slices(self, entry: Entry) -> dict[str, Slice]:
        rng, found = self.course.chance("slices"), {}
        if entry.said is not None:
            found = slices_of(Parts.of(self.data, self.split), self.split, entry.said, None, rng)
        if entry.free is None:
            return found
        of_lists = slices_of(Parts.of(self.data, self.list_split), self.list_split, None, entry.free, rng)
        for name, part in of_lists.items():
            one = found.get(name, Slice())
            found[name] = Slice(
                rows=one.rows,
                viewers=part.viewers,
                p_like=one.p_like,
                p_like_delayed=one.p_like_delayed,
                lists=part.lists,
            )
        return found

    def _chances(self, viewers: Keys, candidates: Keys) -> Doubles:
        return self.judge.predict(viewers, candidates, np.full(len(viewers), int(self.list_split.cut)))


def curves(entries: Entries) -> dict[str, list[Point]]:
    """The Lorenz curve of exposure of each system that made lists."""
    shown = {name: entry.free for name, entry in entries.items() if entry.free is not None}
    return {name: [Point(x, y) for x, y in lorenz(shown_counts(free))] for name, free in shown.items()}


def reliabilities(truth: Doubles, entries: Entries) -> dict[str, list[ReliabilityBin]]:
    """The reliability plot of each system that said something; with delayed features where there are such."""
    said = {name: entry.said for name, entry in entries.items() if entry.said is not None}
    return {name: plotted(truth, one.now if one.delayed is None else one.delayed) for name, one in said.items()}
