"""Everyone at one moment of the log, kept up to date by following it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Keys, Reached
from twofold.domain.changes import Changes, EventColumns, PersonVersion, Removal
from twofold.domain.event import DECISIONS, POSITIVES, EventKind
from twofold.domain.time import LATEST, day_of
from twofold.population.columns import PeopleColumns
from twofold.population.crowd import HALF_LIVES, Crowd, Crowds
from twofold.population.decay import HALF_LIFE_DAYS
from twofold.population.exposure import Exposure
from twofold.population.frozen import Arrays, groups, number, under, within
from twofold.population.history import History
from twofold.population.kept_rows import KeptRows
from twofold.population.latest import Latest
from twofold.population.live_history import LiveHistory
from twofold.population.pages import Pages
from twofold.population.popularity import Popularity
from twofold.population.positions import all_raised, at_keys, latest_of, raised
from twofold.population.profiles import Profiles
from twofold.population.reach import Reach
from twofold.population.relations import Relations
from twofold.population.today import Today
from twofold.population.totals import Totals

# Up to so many people all are judged for every list; cells find nobody faster.
FEW = 5_000
# So many events of the log are followed at once, column by column; of fewer, one by one is sooner done.
AT_ONCE = 24
# Who somebody is like is read from so many of their latest decisions: tastes change, and work stays bounded.
LATEST_DECISIONS = 200

LONG_AGO = -(2**62)
PARTS = ("columns", "profiles", "totals", "relations", "given", "received")


class Population:
    """People, what they did, and who must not see whom, as of ``position`` in the log.

    ``given`` holds what each person did, ``received`` what was decided about each, ``totals`` what all did together,
    ``profiles`` who people were, ``exposure`` how often each was shown in the present period (nothing, until one with a
    cap is put in its place). ``changed`` holds, per key, the log position of the last change of the person or act by
    them (loaded ones too), so that whoever keeps something computed about a person knows when it is stale. What came
    after position ``began`` was followed, and is in memory of this process alone. ``rows`` are figures of everybody
    that whoever reads the population kept, ``carried`` the UTC day of which a snapshot brought these and what `warm`
    computes (-1: none did).
    """

    def __init__(
        self, people: Iterable[PersonVersion], events: EventColumns, position: int, strangers: bool = True
    ) -> None:
        """``strangers``: events of people who are not there count too."""
        self.columns = PeopleColumns()
        self.profiles = Profiles(self.columns)
        self.totals = Totals(EventColumns.empty())
        self.exposure = Exposure()
        keys, positions = array("q"), array("q")
        for version in people:
            self._put(version)
            keys.append(version.key)
            positions.append(version.position)
        self.changed: NDArray[np.int64] = np.zeros(len(self.columns.present), np.int64)
        np.maximum.at(self.changed, np.array(keys, np.int64), np.array(positions, np.int64))
        events = events if strangers else between(self.columns.present, events)
        self.totals.load(events)
        np.maximum.at(self.changed, events.actor, events.position)
        owners = len(self.columns.present)
        self.given = LiveHistory(History.given(events, owners))
        self.relations = Relations(events, self.given.loaded)
        self.received = LiveHistory(History.received(events, owners))
        self._derive()
        self.position = self.began = position
        self.decisions = int(np.isin(events.kind, tuple(DECISIONS)).sum())
        last = np.zeros(owners, np.int64)
        np.maximum.at(last, events.actor, events.at)
        np.maximum(self.columns.last_active, last, out=self.columns.last_active)

    def _derive(self) -> None:
        """What is computed from the rest when it is asked for."""
        self._reach = Reach(self.columns)
        self._decided_about = np.zeros(0, np.int64)  # the log position of the last decision about each, since the start
        self._raters: set[int] = set()  # who decided since `latest_change` was last asked
        self._popularity: dict[int, Popularity] = {}
        self._crowds = Crowds(self.columns, self.profiles, self.given, self.received, self.totals)
        self.rows: dict[str, KeptRows] = {}
        self._warmed: tuple[int, int] | None = None  # as of which moment, at which log position
        self._pages: Pages | None = None
        self.carried = -1
        self._carries = False

    def frozen(self) -> dict[str, NDArray[Any]]:
        """All of it as arrays, showings apart; `thawed` makes a population of them again."""
        own = {"changed": self.changed, "position": number(self.position), "decisions": number(self.decisions)}
        parts = {name: getattr(self, name).frozen() for name in PARTS}
        parts["day"] = self._day()
        return own | {full: array for name, part in parts.items() for full, array in under(name, part).items()}

    @classmethod
    def thawed(cls, arrays: Arrays, pages: Pages | None = None) -> Population:
        """A population of what `frozen` gave. Arrays are not copied; some are written to as the log goes on.

        Args:
            pages: where they lie, if it is in a file.
        """
        population = cls([], EventColumns.empty(), int(arrays["position"][0]))
        population.decisions, population.changed = int(arrays["decisions"][0]), arrays["changed"]
        population.columns = PeopleColumns.thawed(within("columns", arrays))
        population.profiles = Profiles.thawed(within("profiles", arrays), population.columns)
        population.totals = Totals.thawed(within("totals", arrays))
        population.given = LiveHistory.thawed(within("given", arrays))
        population.relations = Relations.thawed(within("relations", arrays), population.given.loaded)
        population.received = LiveHistory.thawed(within("received", arrays))
        population._derive()
        population._pages = population.given.loaded.pages = population.received.loaded.pages = pages
        day = within("day", arrays)
        if day:
            population._put_day(day)
        return population

    def apply(self, changes: Changes) -> None:
        """Follow the log; changes already seen are ignored."""
        if changes.position <= self.position:
            return
        for version in changes.people:
            last_active = self._last_active(version.key)
            self._crowds.saw(self._sees_from(version))
            self._put(version)
            self._reach.moved(version.key)
            self.columns.saw_active(version.key, last_active)
            self._touch(version.key, version.position)
        for removal in changes.removals:
            self._remove(removal)
        self._apply_events(changes.events)
        self.position = changes.position

    def bring_in(self) -> None:
        """Have what lists read of a file in memory, so that no list waits for its pages."""
        if self._pages is not None:
            self._pages.bring_in()

    def blank(self) -> Population:
        """The same people, as if none of them had ever done anything; what all did together stays known."""
        other = Population.__new__(Population)
        other.__dict__.update(self.__dict__)
        nothing = EventColumns.empty()
        other.given, other.received = (LiveHistory(each(nothing, 0)) for each in (History.given, History.received))
        other.rows = {}
        return other

    def reach(self, viewer: int, as_of: int) -> Reached:
        """All whom the wishes of both sides may keep; the filters judge these alone."""
        if len(self.columns) <= FEW:
            return Reached.all_of(self.columns.everyone())
        return self._reach.of(viewer, day_of(as_of))

    def present(self, key: int) -> bool:
        """Whether the key is a person."""
        return 0 <= key < len(self.columns.present) and bool(self.columns.present[key])

    def own_change(self, keys: Keys) -> NDArray[np.int64]:
        """(m,) the log position of each person's latest change of their profile or act."""
        return at_keys(self.changed, keys)

    def latest_change(self, keys: Keys) -> NDArray[np.int64]:
        """(m,) the log position of each person's latest change: of their profile, of what they did, what was decided
        about them, or what else those did who decided about them; the last two only since the population was loaded."""
        if self._raters:
            actors, people = np.array(sorted(self._raters), np.int64), len(self.columns.present)
            self._raters.clear()
            about = self.given.latest(actors, AsOf.at(LATEST)).other
            if len(about):
                self._decided_about = raised(self._decided_about, int(about.max()), 0, people)
                self._decided_about[about] = self.position
        return latest_of(self.changed, self._decided_about, keys)

    def stands(self, keys: Keys, moment: int) -> NDArray[np.bool_]:
        """(m,) of whom, and of those who decided about them, nothing is dated at or after a moment, so that only the
        log will change them."""
        settled = self.columns.present[keys] & self.profiles.settled(keys, moment)
        for history in (self.given, self.received):
            settled &= history.last(keys) < moment
        about = self.received.latest(keys, AsOf.at(LATEST))
        raters, place = np.unique(about.other, return_inverse=True)
        ahead = (self.given.last(raters) >= moment)[place]
        settled[about.row[ahead]] = False
        return np.asarray(settled)

    def likes_of(self, key: int, as_of: AsOf, latest: int | None = LATEST_DECISIONS) -> Keys:
        """Keys of all whom the person liked among their latest decisions, in the order of time.

        Somebody liked and super liked stands there twice.
        """
        found = self.given.latest(np.array([key]), as_of, latest)
        return found.other[found.positive]

    def standing(self, latest: Latest) -> Latest:
        """As `Latest.standing`."""
        return latest.standing(len(self.columns.present))

    def popular(self, moment: int, half_life: int = HALF_LIFE_DAYS) -> NDArray[np.float64]:
        """(keys,) likes received as of a moment, each weighing by its age in days; one column is kept per half-life."""
        if half_life not in self._popularity:
            self._popularity[half_life] = Popularity(self.received, half_life)
        return self._popularity[half_life].column(moment, len(self.columns.present))

    def popular_from(self, moment: int, share: float, without: int, half_life: int = HALF_LIFE_DAYS) -> float:
        """As `Popularity.level`."""
        self.popular(moment, half_life)
        return self._popularity[half_life].level(share, without)

    def warm(self, moment: int, half_life: int = HALF_LIFE_DAYS) -> None:
        """Compute what is computed once a day for everybody: counters, the crowd, what is popular, and the cells.

        What a snapshot carries of the same day is read from there.
        """
        if not self._carries or self.carried != day_of(moment):
            people, self._carries = len(self.columns.present), False
            self.given.keep(people, moment)
            self.received.keep(people, moment, HALF_LIVES)
            if len(self.columns) > FEW:
                self._reach.lay_out()
            self._warmed = moment, self.position
        self.crowd(AsOf.at(moment))
        self.popular(moment, half_life)

    def forget_day(self) -> None:
        """Compute anew what was computed of everybody, or carried by a snapshot."""
        self._carries, self._warmed, self.rows = False, None, {}
        self._popularity.clear()
        self._crowds.clear()

    @property
    def day(self) -> int:
        """The UTC day of what is computed of everybody as they are now; -1: nothing is."""
        return -1 if self._warmed is None or self._warmed[1] != self.position else day_of(self._warmed[0])

    def _day(self) -> dict[str, NDArray[Any]]:
        """What `warm` computed and `rows`, as arrays; nothing where something came since."""
        if self._warmed is None or self.day < 0:
            return {}
        moment = self._warmed[0]
        parts = {"crowd": self.crowd(AsOf.at(moment)).frozen(), "reach": self._reach.frozen()}
        parts |= {name: each.today.frozen() for name, each in self._histories().items() if each.today is not None}
        parts |= {f"popular.{days}": each.frozen() for days, each in self._popularity.items()}
        parts |= {f"rows.{name}": each.frozen(self.columns.rows) for name, each in self.rows.items()}
        flat = {full: array for name, part in parts.items() for full, array in under(name, part).items()}
        return {"since": number(moment)} | flat

    def _put_day(self, arrays: Arrays) -> None:
        """Take what `_day` gave, of the same people."""
        moment = int(arrays["since"][0])
        crowd = Crowd.thawed(within("crowd", arrays))
        self._crowds.put(moment, crowd)
        if reach := within("reach", arrays):
            self._reach.put(reach)
        for name, history in self._histories().items():
            history.kept(Today.thawed(within(name, arrays)))
        for days, part in groups(within("popular", arrays)).items():
            self._popularity[int(days)] = Popularity.thawed(part, self.received, int(days))
        self.rows = {name: KeptRows.thawed(part, crowd) for name, part in groups(within("rows", arrays)).items()}
        self._warmed, self.carried, self._carries = (moment, self.position), day_of(moment), True

    def _histories(self) -> dict[str, LiveHistory]:
        return {"given": self.given, "received": self.received}

    def crowd(self, as_of: AsOf) -> Crowd:
        """Everybody at the beginning of a moment's UTC day; all rows must look from one place."""
        return self._crowds.of(as_of)

    def _put(self, version: PersonVersion) -> None:
        created = version.person.created_at
        self.totals.began(version.key, version.position, None if created is None else day_of(created))
        self.profiles.put(version)

    def _sees_from(self, version: PersonVersion) -> int:
        """From when on a version of a person can be seen: a first one since the account began, always if unknown."""
        if self.profiles.knows(version.key):
            return version.at
        return LONG_AGO if version.person.created_at is None else version.person.created_at

    def _remove(self, removal: Removal) -> None:
        """Forget a person, and what others did to them: counters are those of a log that never had them."""
        key = removal.key
        written = np.concatenate([self.given.written(key), self.received.written(key)])
        self.decisions -= self.totals.forget(key, written)
        self.profiles.remove(key)
        self._reach.moved(key)
        self.relations.forget(key)
        self.exposure.forget(key)
        self._touch(key, removal.position)
        for actor in self.given.forget(key).tolist():
            self._touch(actor, removal.position)
            self._raters.add(actor)
        for target in self.received.forget(key).tolist():
            self._decided_about = raised(self._decided_about, target, removal.position, len(self.columns.present))
        for popularity in tuple(self._popularity.values()):
            popularity.forget()
        self._crowds.clear()

    def _apply_events(self, events: EventColumns) -> None:
        if len(events) < AT_ONCE:
            self._apply_one_by_one(events)
            return
        self.relations.follow(events)
        self.given.follow(events.actor, events.target, events.kind, events.at, events.position)
        self._crowds.saw(int(events.at.min()))
        self.columns.saw_all_active(events.actor, events.at)
        self._decided_all(events.take(np.isin(events.kind, tuple(DECISIONS))))
        self.changed = all_raised(self.changed, events.actor, events.position, len(self.columns.present))

    def _decided_all(self, some: EventColumns) -> None:
        positive = np.isin(some.kind, tuple(POSITIVES))
        self.decisions += len(some)
        self._raters.update(some.actor.tolist())
        self.received.follow(some.target, some.actor, some.kind, some.at, some.position)
        people = len(self.columns.present)
        self._decided_about = all_raised(self._decided_about, some.target, some.position, people)
        self.totals.follow(some.position, some.at, positive)
        for popularity in tuple(self._popularity.values()):
            popularity.follow(some.target[positive], some.at[positive])

    def _apply_one_by_one(self, events: EventColumns) -> None:
        for position, actor, target, code, at in zip(
            events.position.tolist(),
            events.actor.tolist(),
            events.target.tolist(),
            events.kind.tolist(),
            events.at.tolist(),
            strict=True,
        ):
            kind = EventKind(code)
            self.relations.apply(actor, target, kind, at)
            self.given.apply(actor, target, code, at, position)
            self._crowds.saw(at)
            self.columns.saw_active(actor, at)
            if kind in DECISIONS:
                self._decided(position, actor, target, kind, at)
            self._touch(actor, position)

    def _decided(self, position: int, actor: int, target: int, kind: EventKind, at: int) -> None:
        positive = kind in POSITIVES
        self.decisions += 1
        self._raters.add(actor)
        self.received.apply(target, actor, kind, at, position)
        self._decided_about = raised(self._decided_about, target, position, len(self.columns.present))
        self.totals.apply(position=position, at=at, positive=positive)
        if positive:
            for popularity in tuple(self._popularity.values()):
                popularity.apply(target, at)

    def _last_active(self, key: int) -> int:
        return int(self.columns.last_active[key]) if key < len(self.columns.present) else 0

    def _touch(self, key: int, position: int) -> None:
        self.changed = raised(self.changed, key, position, len(self.columns.present))


def between(present: NDArray[np.bool_], events: EventColumns) -> EventColumns:
    """The events between people who are there."""
    both = np.ones(len(events), bool)
    for side in (events.actor, events.target):
        both &= np.append(present, False)[np.minimum(side, len(present))]
    return events if both.all() else events.take(both)
