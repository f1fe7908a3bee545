"""A history that follows the log: what was loaded stays as it is, people with news are read from their own events."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.changes import EventColumns
from twofold.domain.time import LATEST, day_of
from twofold.population.decay import HALF_LIFE_DAYS
from twofold.population.frozen import Arrays
from twofold.population.history import Counters, History, Ints, Kinds, Marks, Mask, Tally
from twofold.population.latest import Acts, Latest
from twofold.population.today import Glance, Today

# With so many people who have news, these are put into a history of their own: reading it costs everyone the same.
GATHER_AT = 256
# Later so many that the gathered ones are only so many times as many: each is put in order anew a few times, not
# hundreds, however many have news.
GATHERED_AT_MOST = 8

# So many questions about people with news are remembered until there is more news: some lists' worth.
MOST_REMEMBERED = 64

News = tuple[int, int, int, int]  # kind, at, other, position


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows of a question, and the history that answers them: owners are numbers in that history."""

    rows: Ints | slice
    history: History
    owners: Ints
    as_of: AsOf


class LiveHistory:
    """Counters and latest decisions of people by key, up to date with the log.

    Three layers, of which the newest that knows a person has all about them: ``base`` was loaded, ``_gathered`` holds
    people who had news once there were many of them, ``_news`` those who had some since.

    >>> from twofold.domain.event import EventKind
    >>> live = LiveHistory(History.given(EventColumns.empty(), 0))
    >>> live.apply(owner=4, other=7, kind=EventKind.LIKE, at=5, position=1)
    >>> live.counters(np.array([4]), AsOf.at(6)).positives.tolist()
    [1]
    """

    def __init__(self, base: History) -> None:
        self._base = base
        self._gathered = History.given(EventColumns.empty(), 0)
        self._gathered_keys: Keys = np.empty(0, np.int64)
        self._news: dict[int, list[News]] = {}
        self._gone: set[int] = set()
        self._today: Today | None = None
        self._remembered: dict[bytes, History] = {}

    def frozen(self) -> dict[str, NDArray[Any]]:
        """All of it as arrays of one history."""
        if not self._news and not len(self._gathered_keys):
            return self._base.frozen()
        people = max(self._base.owners, *(key + 1 for key in self._news), int(self._gathered_keys.max(initial=-1)) + 1)
        return self._rebuilt(np.arange(people, dtype=np.int64)).frozen()

    @classmethod
    def thawed(cls, arrays: Arrays) -> LiveHistory:
        """Of what `frozen` gave."""
        return cls(History.thawed(arrays))

    def apply(self, owner: int, other: int, kind: int, at: int, position: int) -> None:
        """Follow one more event; late ones too."""
        self._touch(owner)
        self._news.setdefault(owner, []).append((kind, at, other, position))
        self._remembered = {}

    def follow(self, owner: Ints, other: Ints, kind: Kinds, at: Ints, position: Ints) -> None:
        """Follow many events at once, as `apply` each."""
        if self._today is not None:
            self._today.touch_all(owner)
        news = self._news
        acts = zip(kind.tolist(), at.tolist(), other.tolist(), position.tolist(), strict=True)
        for each, act in zip(owner.tolist(), acts, strict=True):
            mine = news.get(each)
            if mine is None:
                news[each] = [act]
            else:
                mine.append(act)
        self._remembered = {}

    def forget(self, key: int) -> Keys:
        """Forget one person's events, and others' with them; the keys of these others, whose counters change."""
        news = [owner for owner, acts in self._news.items() if any(other == key for _, _, other, _ in acts)]
        gathered = self._gathered_keys[self._gathered.owners_of(key)]
        others = np.unique(np.concatenate([self._base.owners_of(key), gathered, np.array(news, np.int64)]))
        self._gone.add(key)
        self._news[key] = []
        self._touch(key)
        for owner in others.tolist():
            self._touch(owner)
            self._news.setdefault(owner, [])
        self._remembered = {}
        return np.asarray(others[others != key])

    def keep(self, people: int, moment: int, half_lives: Collection[int] = ()) -> None:
        """Compute everybody's counters as of a moment; they are read from there until the UTC day is over."""
        keys, as_of = np.arange(people, dtype=np.int64), AsOf.at(moment).broadcast(people)
        self._today = None
        counters = self._counters(keys, as_of)
        fading = {each: self._fading(keys, as_of, each) for each in half_lives if each != HALF_LIFE_DAYS}
        self._today = Today.of(moment, counters, fading, self.last(keys) >= moment)

    @property
    def loaded(self) -> History:
        """What it began with."""
        return self._base

    @property
    def today(self) -> Today | None:
        """What `keep` computed last."""
        return self._today

    def kept(self, today: Today) -> None:
        """Read counters from what `keep` of the same history computed elsewhere."""
        self._today = today

    def last(self, keys: Keys) -> Ints:
        """(m,) the time of each person's last event, those dated ahead too; 0 without any."""
        found = np.zeros(len(keys), np.int64)
        for part in self._parts(keys, AsOf.at(LATEST)):
            found[part.rows] = part.history.last(part.owners)
        return found

    def counters(self, keys: Keys, as_of: AsOf) -> Counters:
        """As `History.counters`, by person key."""
        stand = None if self._today is None else self._today.stand(keys, as_of)
        if self._today is None or stand is None or not stand.any():
            return self._counters(keys, as_of)
        found = self._today.counters(np.where(stand, keys, 0))
        rest = np.flatnonzero(~stand)
        if len(rest):
            found.put(rest, self._counters(keys[rest], as_of.broadcast(len(keys)).take(rest)))
        return found

    def fading(self, keys: Keys, as_of: AsOf, half_life: int) -> Doubles:
        """As `History.fading`, by person key."""
        kept = None if self._today is None else self._today.fading.get(half_life)
        stand = None if self._today is None or kept is None else self._today.stand(keys, as_of)
        if kept is None or stand is None or not stand.any():
            return self._fading(keys, as_of, half_life)
        found = kept[np.where(stand, keys, 0)]
        rest = np.flatnonzero(~stand)
        if len(rest):
            found[rest] = self._fading(keys[rest], as_of.broadcast(len(keys)).take(rest), half_life)
        return found

    def tally(self, keys: Keys, as_of: AsOf) -> Tally:
        """As `History.tally`, by person key."""
        stand = None if self._today is None else self._today.stand(keys, as_of)
        if self._today is None or stand is None or not stand.any():
            return self._tally(keys, as_of)
        found = self._today.tally(np.where(stand, keys, 0))
        rest = np.flatnonzero(~stand)
        if len(rest):
            found.put(rest, self._tally(keys[rest], as_of.broadcast(len(keys)).take(rest)))
        return found

    def last_before(self, keys: Keys, as_of: AsOf) -> Ints:
        """(m,) the time of the last event before each moment, 0 when there is none: as `counters` has it."""
        stand = None if self._today is None else self._today.stand(keys, as_of)
        if self._today is None or stand is None or not stand.all():
            return self.counters(keys, as_of).last
        return np.asarray(self._today.columns["last"][keys], np.int64)

    def glance(self, keys: Keys, as_of: AsOf) -> Glance:
        """What a list reads of `counters`, as of one moment and the whole log."""
        today, moment, found = self._today, int(as_of.moments[0]), Glance.room(len(keys))
        if today is None or day_of(moment) != day_of(today.since):
            rest = np.arange(len(keys))
        else:
            rest = today.glance(keys, moment, found)
        if len(rest):
            found.put(rest, self._counters(keys[rest], as_of.broadcast(len(rest))))
        return found

    def _counters(self, keys: Keys, as_of: AsOf) -> Counters:
        found: Counters | None = None
        for part in self._parts(keys, as_of):
            some = part.history.counters(part.owners, part.as_of)
            if isinstance(part.rows, slice):
                return some
            found = found or Counters.none(len(keys))
            found.put(part.rows, some)
        return found or Counters.none(len(keys))

    def _fading(self, keys: Keys, as_of: AsOf, half_life: int) -> Doubles:
        found = np.zeros(len(keys))
        for part in self._parts(keys, as_of):
            found[part.rows] = part.history.fading(part.owners, part.as_of, half_life)
        return found

    def _tally(self, keys: Keys, as_of: AsOf) -> Tally:
        found: Tally | None = None
        for part in self._parts(keys, as_of):
            some = part.history.tally(part.owners, part.as_of)
            if isinstance(part.rows, slice):
                return some
            found = found or Tally.none(len(keys))
            found.put(part.rows, some)
        return found or Tally.none(len(keys))

    def latest(self, keys: Keys, as_of: AsOf, most: int | None = None, as_written: bool = False) -> Latest:
        """As `History.latest`, by person key."""
        parts = []
        for part in self._parts(keys, as_of):
            some = part.history.latest(part.owners, part.as_of, most, as_written)
            row = some.row if isinstance(part.rows, slice) else part.rows[some.row]
            parts.append(replace(some, row=row))
        return Latest.concatenate(parts)

    def latest_at(self, keys: Keys, moment: int, most: int) -> Latest:
        """As `latest`, as of one moment, but for the times: of people without news it is read at once, without them."""
        if self._layers(keys) is None:
            return self._base.latest_at(keys, moment, most)
        return self.latest(keys, AsOf.at(moment), most)

    def acts_of(self, key: int, moment: int) -> Acts:
        """As `History.acts_of`, by person key."""
        if key in self._news:
            return self._with_news(np.array([key])).acts_of(0, moment)
        gathered = self._gathered_keys
        if len(gathered):
            place = int(gathered.searchsorted(key))
            if place < len(gathered) and gathered[place] == key:
                return self._gathered.acts_of(place, moment)
        return self._base.acts_of(key, moment)

    def meet(self, keys: Keys, as_of: AsOf, most: int, marks: Marks, sieve: Mask, degrees: Ints) -> Doubles:
        """As `loops.meet_marked`, by person key."""
        found = np.zeros((2, 2, 2, 2, len(keys)))
        for part in self._parts(keys, as_of):
            some = part.history.meet(part.owners, part.as_of.moments, most, marks, sieve, degrees)
            if isinstance(part.rows, slice):
                return some
            found[..., part.rows] = some
        return found

    def written(self, key: int) -> Ints:
        """The log positions of one person's events."""
        return self._rebuilt(np.array([key])).position

    def _parts(self, keys: Keys, as_of: AsOf) -> Iterator[_Part]:
        as_of = as_of.broadcast(len(keys))
        if len(self._news) >= max(GATHER_AT, len(self._gathered_keys) // GATHERED_AT_MOST):
            self._gather()
        layer = self._layers(keys)
        if layer is None:
            yield _Part(slice(None), self._base, keys, as_of)
            return
        base, gathered, fresh = (np.flatnonzero(layer == number) for number in range(3))
        if len(base):
            yield _Part(base, self._base, keys[base], as_of.take(base))
        if len(gathered):
            owners = np.searchsorted(self._gathered_keys, keys[gathered])
            yield _Part(gathered, self._gathered, owners, as_of.take(gathered))
        if len(fresh):
            people, owners = np.unique(keys[fresh], return_inverse=True)
            yield _Part(fresh, self._with_news(people), owners, as_of.take(fresh))

    def _layers(self, keys: Keys) -> NDArray[np.int8] | None:
        """(m,) 0 base, 1 gathered, 2 news; None when all are 0."""
        if not self._news and not len(self._gathered_keys):
            return None
        layer = np.zeros(len(keys), np.int8)
        if len(self._gathered_keys):
            place = np.minimum(np.searchsorted(self._gathered_keys, keys), len(self._gathered_keys) - 1)
            layer[self._gathered_keys[place] == keys] = 1
        news, some = self._news, keys.tolist()
        if not news.keys().isdisjoint(some):
            layer[np.array([key in news for key in some], bool)] = 2
        return layer if layer.any() else None

    def _touch(self, owner: int) -> None:
        if self._today is not None:
            self._today.touch(owner)

    def _gather(self) -> None:
        keys = np.union1d(self._gathered_keys, np.fromiter(self._news, np.int64, len(self._news)))
        self._gathered, self._gathered_keys = self._rebuilt(keys), keys
        self._news = {}

    def _with_news(self, keys: Keys) -> History:
        """As `_rebuilt`, of people with news: one list asks about the same ones again and again."""
        remembered, code = self._remembered, keys.tobytes()  # another takes its place as soon as there is more news
        found = remembered.get(code)
        if found is None:
            found = self._rebuilt(keys)
            if len(remembered) < MOST_REMEMBERED:
                remembered[code] = found
        return found

    def _rebuilt(self, keys: Keys) -> History:
        """A history of some people (sorted; owners are places among them): what was known of them, and their news."""
        inside = np.isin(keys, self._gathered_keys)
        places = np.flatnonzero(inside), np.flatnonzero(~inside & (keys < self._base.owners))
        owners = np.searchsorted(self._gathered_keys, keys[places[0]]), keys[places[1]]
        parts = [
            _acts(self._gathered, owners[0], places[0]),
            _acts(self._base, owners[1], places[1]),
            self._news_of(keys),
        ]
        owner, other, kind, at, position = (np.concatenate(column) for column in zip(*parts, strict=True))
        if self._gone:
            gone = np.array([*self._gone], np.int64)
            left = ~np.isin(other, gone) & ~np.isin(keys[owner], gone)
            owner, other, kind, at, position = owner[left], other[left], kind[left], at[left], position[left]
        return History(owner, other, kind.astype(np.int8), at, position, len(keys))

    def _news_of(self, keys: Keys) -> tuple[Ints, Ints, Kinds, Ints, Ints]:
        acts = [self._news.get(key, []) for key in keys.tolist()]
        rows = np.array([act for each in acts for act in each], np.int64).reshape(-1, 4)
        owner = np.repeat(np.arange(len(keys), dtype=np.int64), [len(each) for each in acts])
        kind, at, other, position = rows.T
        return owner, other, kind.astype(np.int8), at, position


def _acts(history: History, owners: Ints, places: Ints) -> tuple[Ints, Ints, Kinds, Ints, Ints]:
    """The events of some owners, theirs from now on by ``places``."""
    rows, found = history.acts(owners)
    return (
        places[rows],
        history.other[found].astype(np.int64),
        history.kind[found],
        history.at[found],
        history.position[found],
    )
