"""Nobody is shown more often than the cap: in one process, in two, after a restart and into the next period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.services.conftest import HandClock
from twofold.bootstrap import Twofold, assemble
from twofold.domain.candidate import Codes, Keys
from twofold.domain.errors import Unavailable
from twofold.domain.event import Event, EventKind
from twofold.domain.impression import Impression
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.filters.exposure import ExposureFilter
from twofold.pipeline.query import Query
from twofold.population.exposure import Exposure
from twofold.services.chance import daily_chance
from twofold.services.exposure import FOLLOW_MICROS, ExposureLedger
from twofold.settings import Settings
from twofold.storage.memory import MemoryStore

PEOPLE = 12
Start = Callable[..., Twofold]


class CountingStore(MemoryStore):
    """Counts what is asked about impressions, and fails when told."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.away = False

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.away:
            raise Unavailable("the database is away")

    def shown_since(self, moment: Micros) -> Any:
        self._ask("since")
        return super().shown_since(moment)

    def shown_after(self, seq: int, limit: int, mark: str) -> Any:
        self._ask("after")
        return super().shown_after(seq, limit, mark)


@pytest.fixture
def counting() -> CountingStore:
    return CountingStore()


@pytest.fixture
def start(tmp_path: Path, counting: CountingStore, clock: HandClock) -> Iterator[Start]:
    """``start(cap=2)``: one more product on the same store."""
    people = [(Person(id=f"p{number}"), True) for number in range(PEOPLE)]
    counting.put_people(people, clock())

    def start(store: Any = counting, cap: int | None = 2, days: int = 1, **given: Any) -> Twofold:
        settings = Settings(data_dir=tmp_path, auto_train=False, exposure_cap=cap, exposure_period_days=days)
        product = assemble(settings, clock=clock, store=store, **{"chance": daily_chance(3), **given})
        stack.callback(product.close)
        return product

    with ExitStack() as stack:
        yield start


def shown(product: Twofold, viewer: int, limit: int = 3, seen: Counter[str] | None = None) -> list[str]:
    """One list, counted into ``seen``."""
    found = [item.person for item in product.recommend.recommend(f"p{viewer}", limit).items]
    if seen is not None:
        seen.update(found)
    return found


def written(product: Twofold) -> None:
    """Wait until everything shown is in the store."""
    product.impressions.close()


def test_nobody_is_shown_more_often_than_the_cap_and_a_short_list_says_why(start: Start) -> None:
    product, seen = start(cap=2), Counter[str]()
    lengths = [len(shown(product, viewer, 4, seen)) for viewer in range(8)]
    assert max(seen.values()) == 2
    assert sum(lengths) <= 2 * PEOPLE
    answer = product.recommend.recommend("p9", 4)
    assert len(answer.items) < 4
    assert answer.removed["exposed"] >= 8
    assert answer.degraded is False


def test_a_cached_list_counts_each_time_and_is_dropped_when_somebody_on_it_is_full(start: Start) -> None:
    product = start(cap=3)
    first = shown(product, 0)
    again = product.recommend.recommend("p0", 3)
    assert "cache" in again.timings_ms
    assert shown(product, 0) == first, "the third time"
    fourth = product.recommend.recommend("p0", 3)
    assert "cache" not in fourth.timings_ms
    assert not {item.person for item in fourth.items} & set(first)


def test_a_cached_list_is_dropped_when_somebody_else_used_its_people_up(start: Start) -> None:
    product = start(cap=2)
    first = set(shown(product, 0))
    for viewer in range(1, PEOPLE):
        shown(product, viewer, 11)
    assert not set(shown(product, 0)) & first


def test_a_list_that_the_cap_cut_short_is_made_anew(start: Start, clock: HandClock) -> None:
    product = start(cap=1)
    assert len(shown(product, 0, 11)) == 11
    assert shown(product, 0, 11) == []
    clock.forward(12 * 3_600)
    assert len(shown(product, 0, 11)) == 11, "the next day"


def test_a_new_period_frees_everybody(start: Start, clock: HandClock) -> None:
    product = start(cap=1, days=2)
    assert len(shown(product, 0, 11)) == 11
    freed = 0
    for _ in range(4):
        clock.forward(86_400 / 2)
        freed += len(shown(product, 0, 11))
    assert freed == 11, "one window of two days begins in two days"


def test_two_processes_share_the_counts_after_half_a_second(start: Start, clock: HandClock) -> None:
    one, other = start(cap=2), start(cap=2)
    assert shown(other, 11, 1)
    seen = Counter(shown(one, 0, 11))
    written(one)
    seen.update(shown(other, 1, 11))
    clock.forward(FOLLOW_MICROS / 1e6)
    assert set(shown(other, 2, 11)) <= {"p0", "p1"}, "whom their own lists left out"
    assert max(seen.values()) <= 3, "what the one showed within the half second"


def test_own_lists_that_come_back_are_not_counted_twice(start: Start, clock: HandClock) -> None:
    product = start(cap=2)
    first = shown(product, 0, 5)
    written(product)
    clock.forward(1)
    keys = np.array([product.store.keys_of([each])[each] for each in first])
    shown(product, 1, 1)
    exposure = product.live.current().population.exposure
    assert exposure.counts(keys, clock()).max() <= 2
    assert int(exposure.counts(np.arange(PEOPLE), clock()).sum()) == 6


def test_a_restart_keeps_the_counts(start: Start) -> None:
    before = start(cap=1)
    first = set(shown(before, 0, 5))
    written(before)
    after = start(cap=1)
    assert not set(shown(after, 0, 5)) & first


def test_a_restart_in_the_next_period_counts_anew(start: Start, clock: HandClock) -> None:
    before = start(cap=1)
    shown(before, 0, 11)
    written(before)
    clock.forward(86_400)
    assert len(shown(start(cap=1), 0, 11)) == 11


def test_reads_are_half_a_second_apart_and_without_a_cap_there_are_none(
    start: Start, counting: CountingStore, clock: HandClock
) -> None:
    free = start(cap=None)
    for viewer in range(5):
        shown(free, viewer)
        clock.forward(1)
    assert counting.asked == []
    product = start(cap=4)
    for viewer in range(10):
        shown(product, viewer % 4)
        clock.forward(0.11)
    assert counting.asked == ["since", "after"]


@pytest.mark.parametrize("look", ["operator", "past"])
def test_looks_that_are_not_recorded_read_and_count_nothing(
    start: Start, counting: CountingStore, clock: HandClock, look: str
) -> None:
    given = {"record": False} if look == "operator" else {"as_of": Micros(clock() + 1)}
    product = start(cap=1, **given)
    assert len(shown(product, 0, 11)) == len(shown(product, 0, 11)) == 11
    assert counting.asked == []


def test_a_store_that_is_away_costs_no_list_and_is_asked_again(
    start: Start, counting: CountingStore, clock: HandClock
) -> None:
    before = start(cap=1)
    first = set(shown(before, 0, 5))
    written(before)
    counting.away = True
    product = start(cap=1)
    assert len(shown(product, 1, 11)) == 11
    counting.away = False
    assert shown(product, 2, 11) == ["p1"], "its own lists count meanwhile: who saw the list is left"
    clock.forward(1)
    shown(product, 2, 11)
    keys = np.array(list(product.store.keys_of(sorted(first)).values()))
    assert product.live.current().population.exposure.counts(keys, clock()).min() >= 1


def test_a_filter_that_fails_costs_no_list_and_nobody_is_over_the_cap(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: ExposureFilter, query: Query, keys: Keys) -> Codes:
        raise ZeroDivisionError

    product, seen = start(cap=2), Counter[str]()
    shown(product, 0, 5, seen)
    monkeypatch.setattr(ExposureFilter, "judge", broken)
    for viewer in (0, 0, 1, 2, 3):
        shown(product, viewer, 5, seen)
    assert max(seen.values()) == 2
    assert product.recommend.recommend("p4", 5).degraded


def test_an_erased_person_is_forgotten_and_the_others_are_not(start: Start, clock: HandClock) -> None:
    product = start(cap=1)
    first = shown(product, 0, 5)
    gone = product.store.keys_of([first[0]])[first[0]]
    product.people.remove(first[0])
    clock.forward(1)
    assert not set(shown(product, 0, 5)) & set(first)
    exposure = product.live.current().population.exposure
    assert exposure.counts(np.array([gone]), clock()).tolist() == [0]


def test_counts_outlive_a_change_of_the_model(start: Start, clock: HandClock) -> None:
    product = start(cap=1)
    first = set(shown(product, 0, 5))
    with product.live.lock:
        generation = product.live.current()
        product.live._build(generation.population, None)
    assert not set(shown(product, 1, 5)) & first


def test_an_explanation_says_who_is_exposed_and_counts_nothing(start: Start) -> None:
    product = start(cap=1)
    first = shown(product, 0, 3)
    other = next(f"p{number}" for number in range(PEOPLE) if f"p{number}" not in {*first, "p0", "p1"})
    assert product.explain.explain("p1", first[0]).removed in ("exposed", "self")
    for _ in range(3):
        assert product.explain.explain("p1", other).removed is None


def test_acts_change_nothing_of_the_counts(start: Start, clock: HandClock) -> None:
    product = start(cap=1)
    first = shown(product, 0, 5)
    product.feedback.record([Event("p0", first[0], EventKind.LIKE, clock())])
    assert not set(shown(product, 1, 5)) & set(first)


def row(candidate: int, at: Micros, request_id: str = "foreign") -> Impression:
    return Impression(
        request_id=request_id,
        viewer=0,
        candidate=candidate,
        position=1,
        at=at,
        score=0.0,
        p_viewer_likes=None,
        propensity=None,
        sources=(),
        model="heuristic",
        feature_version=None,
        log_position=0,
    )


def test_rows_of_other_windows_count_where_they_belong(clock: HandClock) -> None:
    store, exposure, now = MemoryStore(), Exposure(cap=1), clock()
    ledger = ExposureLedger(store)
    ledger.follow(exposure, now)
    days = (-30, -1, 0, 1, 2, 900)
    store.add_impressions([row(key, Micros(now + day * MICROS_PER_DAY)) for key, day in enumerate(days)])
    ledger.follow(exposure, Micros(now + FOLLOW_MICROS))
    assert exposure.counts(np.arange(6), now).nonzero()[0].tolist() == [2]
    assert exposure.counts(np.arange(6), now + MICROS_PER_DAY).nonzero()[0].tolist() == [3]


def test_more_rows_than_a_page_are_followed_to_the_end(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twofold.services.exposure.PAGE", 4)
    store, exposure, now = MemoryStore(), Exposure(cap=99), clock()
    ledger = ExposureLedger(store)
    ledger.follow(exposure, now)
    store.add_impressions([row(number % 3, now) for number in range(20)])
    store.add_impressions([row(5, now, ledger.mark + "rest")])
    ledger.follow(exposure, Micros(now + FOLLOW_MICROS))
    assert exposure.counts(np.arange(6), now).tolist() == [7, 7, 6, 0, 0, 0]


def test_a_clock_that_was_wrong_by_weeks_is_got_over(clock: HandClock) -> None:
    store, exposure, now = MemoryStore(), Exposure(cap=1), clock()
    store.add_impressions([row(3, now)])
    ledger, weeks = ExposureLedger(store), Micros(now + 30 * MICROS_PER_DAY)
    ledger.follow(exposure, weeks)
    ledger.show(exposure, np.array([4]), weeks)
    ledger.follow(exposure, now)
    assert exposure.full(np.array([3, 4]), now).tolist() == [True, False]


def test_request_ids_of_a_process_begin_alike_and_look_as_before(start: Start) -> None:
    one, other = start(), start()
    ids = [product.recommend.recommend("p0", 1).request_id for product in (one, one, other)]
    assert len(set(ids)) == 3
    assert {len(each) for each in ids} == {32}
    assert ids[0][:12] == ids[1][:12] != ids[2][:12]


def test_settings_that_change_put_another_cap_in_place(start: Start) -> None:
    product = start(cap=1)
    shown(product, 0, 11)
    with product.live.lock:
        population = product.live.current().population
    builder = product.live._build
    settings = product.settings.model_copy(update={"exposure_cap": 3})
    replace(builder, settings=settings)(population, None)  # type: ignore[type-var]
    assert population.exposure.cap == 3
