"""Who is admitted, what changes, and that who is gone stays gone."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.unit.services.conftest import START, HandClock
from twofold.bootstrap import Twofold, assemble
from twofold.domain.errors import InvalidInput, NotFound, Refused
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.settings import Settings
from twofold.storage.memory import MemoryStore

ADULT = date(1990, 1, 1)


def test_nobody_under_eighteen_is_admitted_up_to_the_day(product: Twofold) -> None:
    with pytest.raises(Refused, match="people under 18"):
        product.people.put(Person(id="young", birth_date=date(2008, 6, 2)))
    _, changed = product.people.put(Person(id="just", birth_date=date(2008, 6, 1)))
    assert changed


def test_an_unknown_age_is_refused_unless_admitted(settings: Settings, product: Twofold, clock: HandClock) -> None:
    with pytest.raises(Refused, match="birth_date is unknown"):
        product.people.put(Person(id="who"))
    open_minded = settings.model_copy(update={"admit_age_unknown": True})
    other = assemble(open_minded, clock=clock, store=MemoryStore())
    version, _ = other.people.put(Person(id="who"))
    assert version.age_unknown


@pytest.mark.parametrize(
    ("person", "field"),
    [
        (Person(id="x" * 65, birth_date=ADULT), "id"),
        (Person(id="a", birth_date=ADULT, gender="a;b"), "gender"),
        (Person(id="a", birth_date=ADULT, lat=1.0), "lat"),
        (Person(id="a", birth_date=ADULT, lat=91.0, lon=0.0), "lat"),
        (Person(id="a", birth_date=ADULT, lat=float("nan"), lon=0.0), "lat"),
        (Person(id="a", birth_date=ADULT, interests=("x", "x")), "interests"),
        (Person(id="a", birth_date=ADULT, min_age=40, max_age=30), "min_age"),
        (Person(id="a", birth_date=ADULT, max_distance_km=0.0), "max_distance_km"),
        (Person(id="a", birth_date=ADULT, bio="nul\0"), "bio"),
        (Person(id="a", birth_date=date(1850, 1, 1)), "birth_date"),
        (Person(id="a", birth_date=date(2030, 1, 1)), "birth_date"),
        (Person(id="a", birth_date=ADULT, created_at=Micros(START + 2 * 86_400_000_000)), "created_at"),
        (Person(id="a", birth_date=ADULT, last_active_at=Micros(START + 2 * 86_400_000_000)), "last_active_at"),
    ],
)
def test_a_field_that_does_not_fit_is_named(product: Twofold, person: Person, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        product.people.put(person)
    assert refused.value.field == field


def test_in_bulk_one_bad_person_stops_nobody(product: Twofold) -> None:
    product.people.remove("p5")
    done = product.people.put_many(
        [
            Person(id="a", birth_date=ADULT),
            Person(id="b", birth_date=date(2020, 1, 1)),
            Person(id="p5", birth_date=ADULT),
            product.people.get("p1").person,
        ]
    )
    assert (done.stored, done.unchanged) == (1, 1)
    assert [refused.index for refused in done.refused] == [1, 2]


def test_the_same_again_is_no_change(product: Twofold) -> None:
    version, changed = product.people.put(product.people.get("p1").person)
    assert not changed
    assert version == product.people.get("p1")


def test_who_is_erased_does_not_come_back(product: Twofold, store: MemoryStore, clock: HandClock) -> None:
    product.people.remove("p5")
    with pytest.raises(NotFound):
        product.people.get("p5")
    with pytest.raises(NotFound):
        product.people.remove("p5")
    with pytest.raises(Refused):
        product.people.put(Person(id="p5", birth_date=ADULT))
    columns = product.live.current().population.columns
    assert columns.names.key_of("p5") is None
    assert columns.everyone().tolist() == [key for key in range(30) if key != 5]


def test_a_removed_persons_events_leave_with_them(product: Twofold, store: MemoryStore, clock: HandClock) -> None:
    from twofold.domain.event import Event

    product.feedback.record([Event("p5", "p6", EventKind.LIKE, clock()), Event("p7", "p5", EventKind.LIKE, clock())])
    product.people.remove("p5")
    assert store.count_events() == 0
    assert np.isin([5], product.live.current().population.columns.everyone()).tolist() == [False]
