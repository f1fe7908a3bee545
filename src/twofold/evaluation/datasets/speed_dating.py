"""The Columbia speed dating experiment: 21 evenings, everyone of one side meets everyone of the other.

Only what was known before a date is used: never the scorecards, the other's decision, or the follow-ups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from twofold.domain.person import MAX_AGE, Admission
from twofold.domain.time import Micros, micros_from_datetime, years_between
from twofold.evaluation.datasets.prepared import Prepared, PreparedSummary, moment_text
from twofold.evaluation.datasets.source import find, label_of, number, rows

FOLDER = "speed-dating"
FILE = "speed_dating.csv"
ACTIVITIES = (
    "sports",
    "tvsports",
    "exercise",
    "dining",
    "museums",
    "art",
    "hiking",
    "gaming",
    "clubbing",
    "reading",
    "tv",
    "theater",
    "movies",
    "concerts",
    "music",
    "shopping",
    "yoga",
)
# What each looks for in the other sex, asked before the evening: 100 points shared out, or a rating of each.
WISHES = {
    "attr1_1": "attractive",
    "sinc1_1": "sincere",
    "intel1_1": "intelligent",
    "fun1_1": "fun",
    "amb1_1": "ambitious",
    "shar1_1": "shared-interests",
}
GOES_OUT = "go_out"  # 1 several times a week ... 7 almost never
COLUMNS = ("iid", "pid", "gender", "wave", "order", "dec", "age", GOES_OUT, *WISHES, *ACTIVITIES)
HEADER = ("id", "birth_date", "gender", "seeking", "place", "interests", "created_at")

# The real dates are not in the data. Wednesdays after 1 July: with birthdays on 1 July, everyone then has the age they
# stated, so that nobody of 18 becomes 17 by an invented date.
FIRST_EVENING = datetime(2003, 7, 9, 19, tzinfo=UTC)
BIRTHDAY = (7, 1)
DATE_LENGTH = timedelta(minutes=6)  # a short talk and the change of tables; keeps the longest evening below three hours
KEEN = 7  # of 10: what someone rates so is an interest of theirs
GENDERS = {"0": "woman", "1": "man"}


@dataclass(frozen=True, slots=True)
class Participant:
    """One person as the evening's list has them."""

    gender: str
    wave: int
    age: int | None
    interests: tuple[str, ...]

    @property
    def birth_date(self) -> date | None:
        """1 July of the evening's year less the age; None where no age was given."""
        return None if self.age is None else date(evening(self.wave).year - self.age, *BIRTHDAY)

    @property
    def under_age(self) -> bool:
        """Whether the person would have been refused on the evening."""
        birth = self.birth_date
        return birth is not None and years_between(birth, evening(self.wave).date()) < Admission().minimum_age


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person decided on another."""

    actor: str
    target: str
    order: int
    yes: bool


def evening(wave: int) -> datetime:
    """When a wave's evening begins: a Wednesday each, from 9 July 2003, 19:00 UTC.

    >>> evening(2).isoformat()
    '2003-07-16T19:00:00+00:00'
    """
    return FIRST_EVENING + timedelta(weeks=wave - 1)


def prepare_speed_dating(source: Path, target: Path) -> PreparedSummary:
    """Write people.csv and events.csv.

    Raises:
        NotFound: when the file is not there.
        InvalidInput: when it is not what its README describes.
    """
    path = find(source, FOLDER, FILE)
    people, decisions, dropped = read_evenings(path)
    young = {id_ for id_, person in people.items() if person.under_age}
    kept = [one for one in decisions if _usable(one, people, young, dropped)]
    people = {id_: person for id_, person in people.items() if id_ not in young}
    unknown = sum(person.age is None for person in people.values())
    notes = (
        f"{dropped['no_partner']} rows name no partner (pid) and were left out",
        f"{len(young)} people were under 18 on their evening and were left out",
        f"{unknown} people gave no age: they are admitted only with --admit-age-unknown",
    )
    rows_ = [person_row(id_, person) for id_, person in people.items()]
    return Prepared(HEADER, rows_, _event_rows(kept, people), dropped, notes).write(FOLDER, target)


def read_evenings(path: Path) -> tuple[dict[str, Participant], list[Decision], Counter[str]]:
    """Everyone by id, all decisions, and how many rows were dropped by reason."""
    people: dict[str, Participant] = {}
    decisions: list[Decision] = []
    dropped: Counter[str] = Counter()
    for line, cells in rows(path, COLUMNS):
        row = dict(zip(COLUMNS, cells, strict=True))
        actor = "p" + label_of(path, line, "iid", row["iid"])
        if actor not in people:
            people[actor] = _participant(path, line, row)
        if not row["pid"]:
            dropped["no_partner"] += 1
            continue
        partner = "p" + label_of(path, line, "pid", row["pid"])
        order = int(number(path, line, "order", row["order"], 1, 60))
        decisions.append(Decision(actor, partner, order, number(path, line, "dec", row["dec"]) == 1))
    return people, decisions, dropped


def _participant(path: Path, line: int, row: Mapping[str, str]) -> Participant:
    ratings = {name: row[name] for name in ACTIVITIES}
    keen = [name for name, cell in ratings.items() if cell and number(path, line, name, cell) >= KEEN]
    return Participant(
        gender=GENDERS.get(row["gender"], ""),
        wave=int(number(path, line, "wave", row["wave"], 1, 1_000)),
        age=int(number(path, line, "age", row["age"], 0, MAX_AGE)) if row["age"] else None,
        interests=(*keen, *_habits(path, line, row), *_wishes(path, line, row)),
    )


def _habits(path: Path, line: int, row: Mapping[str, str]) -> list[str]:
    """How often they go out, as a label."""
    return [f"goes-out-{number(path, line, GOES_OUT, row[GOES_OUT]):.0f}"] if row[GOES_OUT] else []


def _wishes(path: Path, line: int, row: Mapping[str, str]) -> list[str]:
    """What they look for more than for the rest: more than an equal share of all that they gave."""
    given = {name: number(path, line, name, row[name]) if row[name] else 0.0 for name in WISHES}
    total = sum(given.values())
    return [f"wants-{WISHES[name]}" for name, points in given.items() if points * len(WISHES) > total > 0]


def _usable(one: Decision, people: Mapping[str, Participant], young: set[str], dropped: Counter[str]) -> bool:
    if one.target not in people:
        dropped["partner_without_rows"] += 1
    elif one.actor in young or one.target in young:
        dropped["under_age"] += 1
    else:
        return True
    return False


def person_row(id_: str, person: Participant) -> list[str]:
    """A person as a row under `HEADER`."""
    birth = person.birth_date
    return [
        id_,
        "" if birth is None else birth.isoformat(),
        person.gender,
        {"woman": "man", "man": "woman"}.get(person.gender, ""),
        f"wave-{person.wave}",
        ";".join(person.interests),
        moment_text(micros_from_datetime(evening(person.wave))),
    ]


def _event_rows(decisions: list[Decision], people: Mapping[str, Participant]) -> list[list[str]]:
    """By time; both decisions of one date at one moment: the two rows of a pair disagree on the order in a fifth of
    the pairs, and the later one is when both had met."""
    orders: dict[frozenset[str], int] = {}
    for one in decisions:
        pair = frozenset((one.actor, one.target))
        orders[pair] = max(one.order, orders.get(pair, 0))
    timed = []
    for one in decisions:
        order = orders[frozenset((one.actor, one.target))]
        timed.append((_moment(people[one.actor].wave, order), one))
    timed.sort(key=lambda pair: pair[0])
    return [[one.actor, one.target, "like" if one.yes else "dislike", moment_text(at)] for at, one in timed]


def _moment(wave: int, order: int) -> Micros:
    return micros_from_datetime(evening(wave) + order * DATE_LENGTH)
