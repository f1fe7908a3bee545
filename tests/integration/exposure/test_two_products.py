"""Two products on one SQLite file keep one cap between them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from twofold.bootstrap import Twofold, assemble
from twofold.domain.impression import Impression
from twofold.domain.person import Person
from twofold.settings import Settings

PEOPLE, CAP, LENGTH = 40, 4, 8
# A year: no test runs over the end of the window.
PERIOD_DAYS = 365
PATIENT_S = 30.0
FOLLOWED_S = 0.55

Start = Callable[[], Twofold]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """One more product on the same file."""
    settings = Settings(data_dir=tmp_path, auto_train=False, exposure_cap=CAP, exposure_period_days=PERIOD_DAYS)

    def start() -> Twofold:
        product = assemble(settings)
        stack.callback(product.close)
        return product

    with ExitStack() as stack:
        yield start


@pytest.fixture
def pair(start: Start) -> tuple[Twofold, Twofold]:
    one = start()
    one.people.put_many([Person(id=f"p{number}") for number in range(PEOPLE)])
    return one, start()


@pytest.fixture
def admitting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_ADMIT_AGE_UNKNOWN", "true")


pytestmark = pytest.mark.usefixtures("admitting")


def lists(product: Twofold, viewers: range) -> None:
    """One list for each viewer."""
    for viewer in viewers:
        product.recommend.recommend(f"p{viewer}", LENGTH)


def settled(*products: Twofold) -> None:
    """Wait until all that was shown is in the database, and may be read by the next list."""
    end = time.monotonic() + PATIENT_S
    while any(product.impressions.waiting for product in products):
        assert time.monotonic() < end, "impressions are not written"
        time.sleep(0.01)
    time.sleep(FOLLOWED_S)


def stored(product: Twofold) -> list[Impression]:
    return product.store.impressions(limit=10_000)


def test_turn_by_turn_the_cap_is_exact(pair: tuple[Twofold, Twofold]) -> None:
    for turn in range(6):
        lists(pair[turn % 2], range(turn * 5, turn * 5 + 5))
        settled(*pair)
    counts = Counter(row.candidate for row in stored(pair[0]))
    assert max(counts.values()) == CAP
    assert len(counts) == PEOPLE
    assert pair[1].recommend.recommend("p39", LENGTH).removed["exposed"] >= PEOPLE - 2 * LENGTH


def test_at_once_it_is_over_by_what_both_show_within_a_second_and_never_after(pair: tuple[Twofold, Twofold]) -> None:
    lists(pair[0], range(12))
    settled(*pair)
    before = Counter(row.candidate for row in stored(pair[0]))
    halves = [
        threading.Thread(target=lists, args=(product, range(12 + 14 * place, 26 + 14 * place)))
        for place, product in enumerate(pair)
    ]
    for half in halves:
        half.start()
    for half in halves:
        half.join()
    settled(*pair)
    rows = stored(pair[0])
    counts = Counter(row.candidate for row in rows)
    by_product = Counter((row.request_id[:12], row.candidate) for row in rows)
    assert max(by_product.values()) <= CAP, "a product alone is exact"
    assert all(count <= before[key] + 2 * (CAP - before[key]) for key, count in counts.items())
    for product in pair:
        for viewer in (0, 13, 39):
            answer = product.recommend.recommend(f"p{viewer}", LENGTH)
            keys = product.store.keys_of([item.person for item in answer.items])
            assert all(counts[key] < CAP for key in keys.values())
            counts.update(keys.values())
            settled(product)


def test_a_restart_goes_on_counting(start: Start, pair: tuple[Twofold, Twofold]) -> None:
    lists(pair[0], range(10))
    lists(pair[1], range(10, 15))
    for product in pair:
        assert product.impressions.close() == 0
    before = Counter(row.candidate for row in stored(pair[0]))
    full = {f"p{key}" for key, count in before.items() if count >= CAP}
    again = start()
    for viewer in range(15, 40):
        assert not {item.person for item in again.recommend.recommend(f"p{viewer}", LENGTH).items} & full
    settled(again)
    assert all(count <= max(CAP, before[key]) for key, count in Counter(row.candidate for row in stored(again)).items())
