"""People come, change and go here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twofold.domain.changes import PersonVersion
from twofold.domain.errors import InvalidInput, NotFound, Refused, TwofoldError
from twofold.domain.person import Admission, Person
from twofold.domain.ports import PeopleStore
from twofold.domain.time import Clock

MOST_PEOPLE = 10_000


@dataclass(frozen=True, slots=True)
class PersonRefused:
    """Why one person of a bulk call was not stored: their place in the call and the reason."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a bulk call."""

    stored: int
    unchanged: int
    refused: tuple[PersonRefused, ...]


class PeopleService:
    """Admits people, keeps their versions, removes them for good."""

    def __init__(self, store: PeopleStore, admission: Admission, clock: Clock) -> None:
        self._store, self._admission, self._clock = store, admission, clock

    def put(self, person: Person) -> tuple[PersonVersion, bool]:
        """Insert or replace; the stored version, and whether anything changed.

        Raises:
            InvalidInput: a field does not fit.
            Refused: under age, age unknown, or erased.
        """
        now = self._clock()
        self._admission.check(person, now)
        version = self._store.put_people([(person, person.birth_date is None)], now)[0]
        if version is not None:
            return version, True
        return self.get(person.id), False

    def put_many(self, people: Sequence[Person]) -> Stored:
        """Insert or replace many; one that may not be stored stops nothing."""
        if not 1 <= len(people) <= MOST_PEOPLE:
            raise InvalidInput("people", f"1 to {MOST_PEOPLE} people")
        now, refused = self._clock(), []
        erased = self._store.erased([person.id for person in people])
        accepted: list[tuple[Person, bool]] = []
        for index, person in enumerate(people):
            try:
                self._admission.check(person, now)
                if person.id in erased:
                    raise Refused("erased", "this person was erased and does not come back")
            except TwofoldError as error:
                refused.append(PersonRefused(index, str(error)))
            else:
                accepted.append((person, person.birth_date is None))
        versions = self._store.put_people(accepted, now) if accepted else []
        changed = sum(version is not None for version in versions)
        return Stored(changed, len(versions) - changed, tuple(refused))

    def get(self, person_id: str) -> PersonVersion:
        """The current version."""
        version = self._store.get_person(person_id)
        if version is None:
            raise NotFound("there is no such person")
        return version

    def remove(self, person_id: str) -> None:
        """Erase a person: their rows, their events, what they were shown; their id does not come back."""
        if not self._store.remove_person(person_id, self._clock()):
            raise NotFound("there is no such person")
