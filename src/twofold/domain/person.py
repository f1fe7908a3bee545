"""A person as the product knows them, and the rules by which one is admitted.

Everything but the id may be unknown. What unknown means is decided here and in the eligibility filter: somebody whose
gender, age or place is unknown fails a limit that names it, and passes where no limit is set.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from twofold.domain.errors import InvalidInput, Refused
from twofold.domain.time import EARLIEST, LATEST, MICROS_PER_DAY, Micros, datetime_from_micros, years_between

MAX_ID = 64
JOINER = "\u200d"  # holds emoji such as families together; by itself it prints nothing
MAX_LABEL = 64
MAX_INTERESTS = 64
MAX_GENDERS_SOUGHT = 16
MAX_BIO = 5_000
MAX_AGE = 120
# Clocks disagree and zones get mixed up; what lies further ahead than a day is a mistake.
AHEAD = MICROS_PER_DAY
MAX_DISTANCE_KM = 20_038.0  # half the earth's circumference: farther is nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One version of one person.

    Args:
        id: opaque, 1-64 printable characters.
        birth_date: the age is computed from it as of a moment; None is unknown.
        gender: a label; None is unknown.
        seeking: genders sought; empty is no limit.
        place: a label of where the person is.
        lat, lon: degrees; both or neither.
        interests: labels, without repeats.
        min_age, max_age: the wanted ages, inclusive; None is no limit.
        max_distance_km: how far away a wanted person may be; None is no limit.
        created_at: when the account began; None is unknown.
        last_active_at: when the person was last seen, beside what events tell.
        active: False is the only thing that means inactive.

    >>> Person(id="ada", gender="woman", interests=("chess",)).active
    True
    """

    id: str
    birth_date: date | None = None
    gender: str | None = None
    seeking: tuple[str, ...] = ()
    place: str | None = None
    lat: float | None = None
    lon: float | None = None
    interests: tuple[str, ...] = ()
    bio: str | None = None
    min_age: int | None = None
    max_age: int | None = None
    max_distance_km: float | None = None
    created_at: Micros | None = None
    last_active_at: Micros | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may be admitted.

    ``minimum_age`` in completed years; below it a person is always refused. ``age_unknown`` admits people whose birth
    date is not known; without it they are refused.
    """

    minimum_age: int = 18
    age_unknown: bool = False

    def check(self, person: Person, now: Micros) -> None:
        """Raise `Refused` when the person may not be admitted, `InvalidInput` when a field does not fit.

        >>> Admission().check(Person(id="ada"), Micros(0))
        Traceback (most recent call last):
        twofold.domain.errors.Refused: birth_date is unknown; give one, or admit people of unknown age ...
        """
        check_fields(person)
        for field, moment in (("created_at", person.created_at), ("last_active_at", person.last_active_at)):
            if moment is not None and moment > now + AHEAD:
                raise InvalidInput(field, "a time that is not in the future")
        if person.birth_date is None:
            if not self.age_unknown:
                raise Refused(
                    "age_unknown",
                    "birth_date is unknown; give one, or admit people of unknown age "
                    "(TWOFOLD_ADMIT_AGE_UNKNOWN, --admit-age-unknown)",
                )
            return
        today = datetime_from_micros(now).date()
        age = years_between(person.birth_date, today)
        if person.birth_date > today or age > MAX_AGE:
            raise InvalidInput("birth_date", f"a date that gives an age of at most {MAX_AGE} years")
        if age < self.minimum_age:
            raise Refused("under_age", f"people under {self.minimum_age} are not admitted")


def is_id(value: str) -> bool:
    """Whether a text may be an id: 1-64 printable characters.

    >>> is_id("Zoë 👨‍👩‍👧"), is_id("line\\nbreak")
    (True, False)
    """
    return 1 <= len(value) <= MAX_ID and value.replace(JOINER, "").isprintable()


def check_id(value: str, field: str = "id") -> str:
    """The id itself when it is 1-64 printable characters, else `InvalidInput`.

    >>> check_id("Zoë 🦊")
    'Zoë 🦊'
    """
    if not is_id(value):
        raise InvalidInput(field, f"1 to {MAX_ID} printable characters")
    return value


def check_label(value: str, field: str) -> str:
    """A gender, place or interest: 1-64 printable characters without `;` (which separates lists in files)."""
    if not 1 <= len(value) <= MAX_LABEL or not value.isprintable() or ";" in value:
        raise InvalidInput(field, f"1 to {MAX_LABEL} printable characters without ';'")
    return value


def check_fields(person: Person) -> None:
    """Raise `InvalidInput` for the first field that does not fit."""
    check_id(person.id)
    _check_labels(person)
    _check_position(person)
    _check_wishes(person)
    if person.bio is not None and (len(person.bio) > MAX_BIO or not _storable(person.bio)):
        raise InvalidInput("bio", f"at most {MAX_BIO} characters of valid text without NUL")
    for field, moment in (("created_at", person.created_at), ("last_active_at", person.last_active_at)):
        if moment is not None and not EARLIEST <= moment <= LATEST:
            raise InvalidInput(field, "a time between 1950 and 2149")


def _check_labels(person: Person) -> None:
    for field, label in (("gender", person.gender), ("place", person.place)):
        if label is not None:
            check_label(label, field)
    for field, labels, most in (
        ("seeking", person.seeking, MAX_GENDERS_SOUGHT),
        ("interests", person.interests, MAX_INTERESTS),
    ):
        if len(labels) > most or len(set(labels)) != len(labels):
            raise InvalidInput(field, f"at most {most} labels without repeats")
        for label in labels:
            check_label(label, field)


def _check_position(person: Person) -> None:
    if (person.lat is None) != (person.lon is None):
        raise InvalidInput("lat", "lat and lon together, or neither")
    for field, value, bound in (("lat", person.lat, 90.0), ("lon", person.lon, 180.0)):
        if value is not None and not (math.isfinite(value) and -bound <= value <= bound):
            raise InvalidInput(field, f"degrees between -{bound:.0f} and {bound:.0f}")


def _check_wishes(person: Person) -> None:
    for field, age in (("min_age", person.min_age), ("max_age", person.max_age)):
        if age is not None and not 0 <= age <= MAX_AGE:
            raise InvalidInput(field, f"whole years between 0 and {MAX_AGE}")
    if person.min_age is not None and person.max_age is not None and person.min_age > person.max_age:
        raise InvalidInput("min_age", "at most max_age")
    distance = person.max_distance_km
    if distance is not None and not (math.isfinite(distance) and 0 < distance <= MAX_DISTANCE_KM):
        raise InvalidInput("max_distance_km", f"kilometres above 0 and at most {MAX_DISTANCE_KM:.0f}")


def _storable(text: str) -> bool:
    """Whether both databases take the text: no NUL, no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
