"""Every feature by the words of its definition: plain Python over lists, one pair at a time.

A new feature needs one function here, of the feature's own name and marked with ``@oracle``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

import numpy as np

from tests.unit.features.world import Act, Model
from twofold.domain.changes import EventColumns, PersonVersion
from twofold.domain.event import DECISIONS, POSITIVES, RULES, EventKind
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros, years_between
from twofold.storage.memory import MemoryStore

EVERYTHING = 2**62


@dataclass(frozen=True)
class Written(Act):
    """An event with its place in the log."""

    position: int = 0


@dataclass(frozen=True)
class Log:
    """All there is in a store, in log order."""

    events: list[Written]
    versions: list[PersonVersion]

    @classmethod
    def of(cls, store: MemoryStore) -> Log:
        """Read a store, derived matches too."""
        columns = EventColumns.concatenate(list(store.events()))
        rows = zip(
            columns.actor.tolist(),
            columns.target.tolist(),
            columns.kind.tolist(),
            columns.at.tolist(),
            columns.position.tolist(),
            strict=True,
        )
        events = [Written(actor, target, EventKind(kind), Micros(at), place) for actor, target, kind, at, place in rows]
        return cls(events, list(store.people_versions()))

    def seen(self, t: int, p: int = EVERYTHING) -> list[Written]:
        """Events dated before t and written up to p, by time; simultaneous ones in log order."""
        return sorted((each for each in self.events if each.at < t and each.position <= p), key=lambda each: each.at)


@dataclass(frozen=True)
class Pair:
    """Two people as of a moment and a log position."""

    log: Log
    viewer: int
    candidate: int
    t: int
    p: int
    model: Model
    brought: Mapping[str, float] | None = None
    most: int = 200

    @property
    def today(self) -> int:
        return self.t // MICROS_PER_DAY

    @cached_property
    def events(self) -> list[Written]:
        return self.log.seen(self.t, self.p)

    def given(self, key: int) -> list[Written]:
        return [each for each in self.events if each.actor == key]

    def decided(self, key: int) -> list[Written]:
        return decisions(self.given(key))

    def received(self, key: int) -> list[Written]:
        return decisions(each for each in self.events if each.target == key)

    def version(self, key: int) -> PersonVersion:
        """The last one written that is dated before t; the first one stands for the time before it too."""
        mine = [each for each in self.log.versions if each.key == key]
        seen = [each for each in mine if each.at < self.t and each.position <= self.p]
        return seen[-1] if seen else mine[0]

    def profile(self, key: int) -> Person:
        return self.version(key).person

    def created_day(self, version: PersonVersion) -> int:
        """Without a creation time, the earliest of what versions written and dated up to this one say."""
        if version.person.created_at is not None:
            return version.person.created_at // MICROS_PER_DAY
        earlier = [
            self.created_day(each)
            for each in self.log.versions
            if each.key == version.key and each.position < version.position and each.at <= version.at
        ]
        return min([version.at // MICROS_PER_DAY, *earlier])

    @cached_property
    def before_today(self) -> list[Written]:
        return [each for each in decisions(self.events) if each.at // MICROS_PER_DAY < self.today]

    @cached_property
    def there(self) -> list[int]:
        """Accounts that had come by p and begun before today, or nobody knows when."""
        first: dict[int, PersonVersion] = {}
        for each in self.log.versions:
            first.setdefault(each.key, each)
        return [
            each.key
            for each in first.values()
            if each.position <= self.p
            and (each.person.created_at is None or each.person.created_at // MICROS_PER_DAY < self.today)
        ]

    @cached_property
    def morning(self) -> Pair:
        """The same as of the beginning of the day."""
        return replace(self, t=self.today * MICROS_PER_DAY)

    def rank(self, among: list[float], value: float) -> float:
        """How many have more; those with as much count half."""
        return sum(each > value for each in among) + sum(each == value for each in among) / 2

    def faded(self, events: Iterable[Act], half_life: int = 30) -> float:
        """Each like by its age in whole days: half after the half-life, nothing after nine of them."""
        ages = [self.today - each.at // MICROS_PER_DAY for each in positives(events)]
        return sum((math.exp2(-days / half_life) for days in ages if days < 9 * half_life), 0.0)

    def standing(self, events: list[Written], other: Callable[[Written], int]) -> dict[int, EventKind]:
        """Of the latest decisions the last one about (or by) each person."""
        return {other(each): each.kind for each in events[-self.most :]}

    def neighbours(self, key: int) -> dict[int, bool]:
        """Whom somebody decided on lately, and whether they like them."""
        found = self.standing(self.decided(key), lambda each: each.target)
        return {other: kind in POSITIVES for other, kind in found.items()}

    def judges(self, key: int) -> dict[int, bool]:
        """Who decided on somebody lately, and whether they like them."""
        found = self.standing(self.received(key), lambda each: each.actor)
        return {other: kind in POSITIVES for other, kind in found.items()}

    def taste(self, key: int) -> list[float] | None:
        """The stored vector of who saw no more and no less than the fit; else solved for from the last in the log."""
        vectors = self.model.vectors
        if vectors is None:
            return None
        mine = {each.position for each in self.decided(key)}
        fitted = decisions(self.log.seen(vectors.as_of, vectors.position))
        if mine == {each.position for each in fitted if each.actor == key}:
            return [float(x) for x in vectors.viewers[key]] if vectors.has_viewer[key] else None
        written = sorted(each.position for each in self.decided(key))[-self.most :]
        last = [each for each in self.decided(key) if each.position in written]
        kinds = self.standing(last, lambda each: each.target)
        likes = {k: RULES[kind].weight for k, kind in kinds.items() if kind in POSITIVES and vectors.has_candidate[k]}
        if not likes:
            return None
        rows = vectors.candidates.astype(np.float64)
        left, right = vectors.regularization * np.eye(rows.shape[1]), np.zeros(rows.shape[1])
        for other in np.flatnonzero(vectors.has_candidate).tolist():
            confidence = likes[other] * vectors.confidence if other in likes else 1.0
            left += confidence * np.outer(rows[other], rows[other])
            right += confidence * rows[other] * (other in likes)
        return [float(x) for x in np.linalg.solve(left, right)]

    def appeal(self, key: int) -> list[float] | None:
        vectors = self.model.vectors
        if vectors is None or not vectors.has_candidate[key]:
            return None
        return [float(x) for x in vectors.candidates[key]]

    def product(self, viewer: int, candidate: int) -> float:
        """How the viewer is expected to like the candidate; NaN when nobody knows."""
        taste, appeal = self.taste(viewer), self.appeal(candidate)
        if taste is None or appeal is None:
            return math.nan
        return sum(a * b for a, b in zip(taste, appeal, strict=True))

    def level(self, viewer: int, candidate: int) -> float:
        """Where the inner product lies between the levels, by straight lines."""
        vectors, product = self.model.vectors, self.product(viewer, candidate)
        if vectors is None or math.isnan(product):
            return math.nan
        levels = [float(x) for x in vectors.levels]
        if product <= levels[0]:
            return 0.0
        for place, (low, high) in enumerate(pairwise(levels)):
            if product < high:
                return (place + (product - low) / (high - low)) / (len(levels) - 1)
        return 1.0


Oracle = Callable[[Pair], float]
ORACLES: dict[str, Oracle] = {}


def oracle(function: Oracle) -> Oracle:
    """The oracle of the feature of the same name."""
    ORACLES[getattr(function, "__name__")] = function  # noqa: B009
    return function


def decisions(events: Iterable[Written]) -> list[Written]:
    return [each for each in events if each.kind in DECISIONS]


def positives(events: Iterable[Act]) -> list[Act]:
    return [each for each in events if each.kind in POSITIVES]


# --- who somebody is


def years(pair: Pair, key: int) -> float:
    birth = pair.profile(key).birth_date
    return math.nan if birth is None else years_between(birth, date(1970, 1, 1) + timedelta(days=pair.today))


@oracle
def age(pair: Pair) -> float:
    return years(pair, pair.candidate)


@oracle
def viewer_age(pair: Pair) -> float:
    return years(pair, pair.viewer)


@oracle
def account_age_days(pair: Pair) -> float:
    return max(pair.today - pair.created_day(pair.version(pair.candidate)), 0)


@oracle
def interests_count(pair: Pair) -> float:
    return len(pair.profile(pair.candidate).interests)


@oracle
def has_bio(pair: Pair) -> float:
    return float(bool((pair.profile(pair.candidate).bio or "").strip()))


@oracle
def profile_completeness(pair: Pair) -> float:
    return has_bio(pair) / 2 + min(interests_count(pair) / 5, 1) / 2


# --- what somebody did


@oracle
def total_interactions(pair: Pair) -> float:
    return len(pair.decided(pair.candidate))


@oracle
def like_rate(pair: Pair) -> float:
    decided = pair.decided(pair.candidate)
    return len(positives(decided)) / len(decided) if decided else 0.0


def recent(pair: Pair, key: int) -> int:
    return sum(pair.today - 29 <= each.at // MICROS_PER_DAY for each in pair.given(key))


@oracle
def recent_activity_30d(pair: Pair) -> float:
    return recent(pair, pair.candidate)


@oracle
def viewer_recent_activity(pair: Pair) -> float:
    return math.log1p(recent(pair, pair.viewer))


@oracle
def candidate_recent_activity(pair: Pair) -> float:
    return math.log1p(recent(pair, pair.candidate))


@oracle
def activity_streak_days(pair: Pair) -> float:
    days = {each.at // MICROS_PER_DAY for each in pair.given(pair.candidate)}
    day, streak = pair.today if pair.today in days else pair.today - 1, 0
    while day - streak in days:
        streak += 1
    return streak


def hours_since_active(pair: Pair, key: int) -> float:
    said = pair.profile(key).last_active_at
    known = [each.at for each in pair.given(key)] + ([said] if said is not None and said < pair.t else [])
    return math.log1p(min((pair.t - max(known)) / 3_600_000_000, 87_600)) if known else math.nan


@oracle
def viewer_hours_since_active(pair: Pair) -> float:
    return hours_since_active(pair, pair.viewer)


@oracle
def candidate_hours_since_active(pair: Pair) -> float:
    return hours_since_active(pair, pair.candidate)


# --- rates and shares


def smoothed(pair: Pair, decided: list[Written]) -> float:
    everybody = (len(positives(pair.before_today)) + 1) / (len(pair.before_today) + 2)
    return (len(positives(decided)) + 4 * everybody) / (len(decided) + 4)


def rate(pair: Pair, decided: list[Written]) -> float:
    likely = smoothed(pair, decided)
    return math.log(likely / (1 - likely))


def multiple(pair: Pair, own: float, of_all: float) -> float:
    return math.log1p(own / ((of_all + 1) / max(len(pair.there), 1)))


@oracle
def viewer_like_rate(pair: Pair) -> float:
    return rate(pair, pair.decided(pair.viewer))


@oracle
def viewer_liked_rate(pair: Pair) -> float:
    return rate(pair, pair.received(pair.viewer))


@oracle
def candidate_like_rate(pair: Pair) -> float:
    return rate(pair, pair.decided(pair.candidate))


@oracle
def candidate_liked_rate(pair: Pair) -> float:
    return rate(pair, pair.received(pair.candidate))


@oracle
def candidate_surplus(pair: Pair) -> float:
    """Over the latest 50 of those whose decision about the candidate stands; of simultaneous ones by person."""
    found = {each.actor: each for each in pair.received(pair.candidate)[-pair.most :]}
    raters = sorted(found.values(), key=lambda each: (each.at, each.actor))[-50:]
    surplus = sum((each.kind in POSITIVES) - smoothed(pair, pair.decided(each.actor)) for each in raters)
    return surplus / (len(raters) + 4)


@oracle
def viewer_given(pair: Pair) -> float:
    return multiple(pair, len(pair.decided(pair.viewer)), len(pair.before_today))


@oracle
def viewer_received(pair: Pair) -> float:
    return multiple(pair, len(pair.received(pair.viewer)), len(pair.before_today))


@oracle
def candidate_given(pair: Pair) -> float:
    return multiple(pair, len(pair.decided(pair.candidate)), len(pair.before_today))


@oracle
def candidate_received(pair: Pair) -> float:
    return multiple(pair, len(pair.received(pair.candidate)), len(pair.before_today))


@oracle
def viewer_popularity(pair: Pair) -> float:
    return multiple(pair, pair.faded(pair.received(pair.viewer)), pair.faded(pair.before_today))


@oracle
def candidate_popularity(pair: Pair) -> float:
    return multiple(pair, pair.faded(pair.received(pair.candidate)), pair.faded(pair.before_today))


# --- what profiles say of strangers


def newness(decided: list[Written]) -> float:
    return 4 / (4 + len(decided))


def of_both(pair: Pair) -> float:
    return math.sqrt(newness(pair.decided(pair.viewer)) * newness(pair.received(pair.candidate)))


def habit(offsets: Mapping[str, Mapping[str, float]], gender: str | None, interests: Iterable[str]) -> float:
    counted = [offsets.get(gender or "", {})[each] for each in interests if each in offsets.get(gender or "", {})]
    return sum(counted) / len(counted) if counted else 0.0


@oracle
def viewer_habits(pair: Pair) -> float:
    viewer = pair.profile(pair.viewer)
    usual = habit(pair.model.lore.habits.likers, viewer.gender, viewer.interests)
    return newness(pair.decided(pair.viewer)) * usual


@oracle
def candidate_habits(pair: Pair) -> float:
    viewer, candidate = pair.profile(pair.viewer), pair.profile(pair.candidate)
    usual = habit(pair.model.lore.habits.liked, viewer.gender, candidate.interests)
    return newness(pair.received(pair.candidate)) * usual


@oracle
def viewer_group(pair: Pair) -> float:
    return of_both(pair) * pair.model.lore.habits.groups.get(pair.profile(pair.viewer).gender or "", 0.0)


@oracle
def age_gap_of_strangers(pair: Pair) -> float:
    return of_both(pair) * abs(age(pair) - viewer_age(pair))


# --- what two people have in common


@oracle
def age_gap(pair: Pair) -> float:
    return abs(age(pair) - viewer_age(pair))


@oracle
def same_place(pair: Pair) -> float:
    mine, theirs = pair.profile(pair.viewer).place, pair.profile(pair.candidate).place
    return math.nan if mine is None or theirs is None else float(mine == theirs)


@oracle
def distance(pair: Pair) -> float:
    mine, theirs = pair.profile(pair.viewer), pair.profile(pair.candidate)
    if mine.lat is None or mine.lon is None or theirs.lat is None or theirs.lon is None:
        return math.nan
    lat, other = math.radians(mine.lat), math.radians(theirs.lat)
    half = math.sin((other - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(other) * math.sin(math.radians(theirs.lon - mine.lon) / 2) ** 2
    return math.log1p(2 * 6371.0088 * math.asin(math.sqrt(min(half, 1))))


def weighed(pair: Pair, weight: Callable[[str], float]) -> float:
    mine, theirs = (set(pair.profile(key).interests) for key in (pair.viewer, pair.candidate))
    either = sum(weight(each) for each in mine | theirs)
    return sum(weight(each) for each in mine & theirs) / either if either else 0.0


@oracle
def shared_interests(pair: Pair) -> float:
    return weighed(pair, lambda _: 1.0)


@oracle
def rare_shared_interests(pair: Pair) -> float:
    known = pair.model.lore.rarity.by_label
    return weighed(pair, lambda label: known.get(label, max(known.values(), default=1.0)))


# --- the first stage


@oracle
def embedding_norm(pair: Pair) -> float:
    return math.hypot(*(pair.appeal(pair.candidate) or []))


@oracle
def embedding_sparsity(pair: Pair) -> float:
    row = pair.appeal(pair.candidate) or []
    largest = max((abs(x) for x in row), default=0.0)
    return sum(abs(x) < 0.01 * largest for x in row) / len(row) if largest else 1.0


@oracle
def taste(pair: Pair) -> float:
    return pair.level(pair.viewer, pair.candidate)


@oracle
def taste_back(pair: Pair) -> float:
    return pair.level(pair.candidate, pair.viewer)


# --- what passed between two people, and between them and others


def thinks(pair: Pair) -> EventKind | None:
    about = [each.kind for each in pair.decided(pair.candidate) if each.target == pair.viewer]
    return about[-1] if about else None


@oracle
def liked_by_candidate(pair: Pair) -> float:
    return float(thinks(pair) in POSITIVES)


@oracle
def declined_by_candidate(pair: Pair) -> float:
    return float(thinks(pair) in DECISIONS - POSITIVES)


def both(mine: dict[int, bool], theirs: dict[int, bool]) -> int:
    return sum(mine[each] and theirs[each] for each in mine.keys() & theirs.keys())


def balance(mine: dict[int, bool], theirs: dict[int, bool]) -> float:
    net = sum((1 if theirs[each] else -1) for each in mine.keys() & theirs.keys() if mine[each])
    return math.copysign(math.log1p(abs(net)), net) if net else 0.0


@oracle
def common_liked(pair: Pair) -> float:
    return math.log1p(both(pair.neighbours(pair.viewer), pair.neighbours(pair.candidate)))


@oracle
def common_admirers(pair: Pair) -> float:
    return math.log1p(both(pair.judges(pair.viewer), pair.judges(pair.candidate)))


@oracle
def liked_by_liked(pair: Pair) -> float:
    return balance(pair.neighbours(pair.viewer), pair.judges(pair.candidate))


@oracle
def likes_admirers(pair: Pair) -> float:
    return balance(pair.judges(pair.viewer), pair.neighbours(pair.candidate))


# --- where somebody stands among everybody, counted in the morning


def soft(rank: float) -> float:
    return -math.log(4 + rank)


def rank_liked(pair: Pair, half_life: int) -> float:
    morning = pair.morning
    among = [morning.faded(morning.received(key), half_life) for key in pair.there]
    return soft(pair.rank(among, pair.faded(pair.received(pair.candidate), half_life)))


@oracle
def rank_liked_7(pair: Pair) -> float:
    return rank_liked(pair, 7)


@oracle
def rank_liked_30(pair: Pair) -> float:
    return rank_liked(pair, 30)


@oracle
def rank_liked_180(pair: Pair) -> float:
    return rank_liked(pair, 180)


def last(events: list[Written]) -> float:
    return events[-1].at if events else 0


@oracle
def rank_last_liked(pair: Pair) -> float:
    among = [last(pair.morning.received(key)) for key in pair.there]
    return soft(pair.rank(among, last(pair.received(pair.candidate))))


@oracle
def rank_last_active(pair: Pair) -> float:
    among = [last(pair.morning.given(key)) for key in pair.there]
    return soft(pair.rank(among, last(pair.given(pair.candidate))))


def apart(pair: Pair, among: list[float], mine: float, theirs: float) -> float:
    return abs(pair.rank(among, mine) - pair.rank(among, theirs)) / max(len(among), 1)


@oracle
def account_ages_apart(pair: Pair) -> float:
    mine, theirs = (pair.created_day(pair.version(key)) for key in (pair.viewer, pair.candidate))
    morning = pair.morning
    return apart(pair, [float(pair.created_day(morning.version(key))) for key in pair.there], mine, theirs)


@oracle
def activity_apart(pair: Pair) -> float:
    mine, theirs = (last(pair.given(key)) for key in (pair.viewer, pair.candidate))
    return apart(pair, [last(pair.morning.given(key)) for key in pair.there], mine, theirs)


# --- how near two people are by their neighbours


def near(pair: Pair, mine: dict[int, bool], theirs: dict[int, bool], mine_like: bool, theirs_like: bool) -> float:
    common = [key for key in mine.keys() & theirs.keys() if (mine[key], theirs[key]) == (mine_like, theirs_like)]
    degrees = [len(pair.morning.decided(key)) + len(pair.morning.received(key)) for key in common]
    return math.log1p(3 * sum(1 / math.log(2 + degree) for degree in degrees))


@oracle
def near_both_like(pair: Pair) -> float:
    return near(pair, pair.neighbours(pair.viewer), pair.neighbours(pair.candidate), True, True)


@oracle
def near_liked_by_liked(pair: Pair) -> float:
    return near(pair, pair.neighbours(pair.viewer), pair.judges(pair.candidate), True, True)


@oracle
def near_likes_admirers(pair: Pair) -> float:
    return near(pair, pair.judges(pair.viewer), pair.neighbours(pair.candidate), True, True)


@oracle
def near_both_liked(pair: Pair) -> float:
    return near(pair, pair.judges(pair.viewer), pair.judges(pair.candidate), True, True)


@oracle
def near_declined_by_liked(pair: Pair) -> float:
    return near(pair, pair.neighbours(pair.viewer), pair.judges(pair.candidate), True, False)


@oracle
def near_liked_by_declined(pair: Pair) -> float:
    return near(pair, pair.neighbours(pair.viewer), pair.judges(pair.candidate), False, True)


# --- how much better than most somebody fits


def above(product: float, one: list[float] | None, others: list[list[float]]) -> float:
    """Standard deviations above the mean of one vector's products with all others; 0 below it or unknown."""
    if one is None or math.isnan(product):
        return 0.0
    products = [sum(a * b for a, b in zip(one, other, strict=True)) for other in others]
    mean = sum(products) / len(products)
    variance = sum((each - mean) ** 2 for each in products) / len(products)
    return max((product - mean) / math.sqrt(max(variance, 1e-12)), 0.0)


def above_there(pair: Pair) -> float:
    vectors = pair.model.vectors
    others = [] if vectors is None else vectors.candidates[vectors.has_candidate].tolist()
    return above(pair.product(pair.viewer, pair.candidate), pair.taste(pair.viewer), others)


def above_back(pair: Pair) -> float:
    vectors = pair.model.vectors
    others = [] if vectors is None else vectors.viewers[vectors.has_viewer].tolist()
    return above(pair.product(pair.candidate, pair.viewer), pair.appeal(pair.viewer), others)


@oracle
def taste_above(pair: Pair) -> float:
    return math.log1p(above_there(pair))


@oracle
def taste_back_above(pair: Pair) -> float:
    return math.log1p(above_back(pair))


@oracle
def taste_mutual(pair: Pair) -> float:
    return math.sqrt(above_there(pair) * above_back(pair))


# --- a like that is waiting


def waiting(pair: Pair) -> Written | None:
    """The candidate's like of the viewer, if it stands."""
    about = [each for each in pair.decided(pair.candidate) if each.target == pair.viewer]
    return about[-1] if about and about[-1].kind in POSITIVES else None


@oracle
def super_liked_by_candidate(pair: Pair) -> float:
    return float(thinks(pair) is EventKind.SUPER_LIKE)


@oracle
def days_liked_by_candidate(pair: Pair) -> float:
    like = waiting(pair)
    return math.log1p((pair.t - like.at) / MICROS_PER_DAY) if like else 0.0


@oracle
def rank_of_candidate_who_likes(pair: Pair) -> float:
    return rank_liked_30(pair) if waiting(pair) else 0.0


@oracle
def liked_by_one_of(pair: Pair) -> float:
    return 1 / len(positives(pair.received(pair.viewer))) if waiting(pair) else 0.0


# --- which source brought the candidate


def brought_by(source: str) -> Oracle:
    def told(pair: Pair) -> float:
        return math.nan if pair.brought is None else pair.brought.get(source, 0.0)

    return told


for _source in ("collaborative", "content", "friends", "popular", "admirers", "exploration"):
    ORACLES[f"brought_by_{_source}"] = brought_by(_source)
