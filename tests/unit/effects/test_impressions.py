"""The outbox of impressions: nothing is lost, nothing delays, and what is sampled is the same for everyone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.errors import Refused, Unavailable
from twofold.domain.impression import Impression
from twofold.domain.time import Micros
from twofold.effects.impressions import ImpressionLog, in_sample
from twofold.testing.contracts.town import query_of

QUERY = query_of(0)
PATIENT_S = 30.0


def a_list(request: int, length: int = 2) -> tuple[Impression, ...]:
    return tuple(
        Impression(
            request_id=f"r{request}",
            viewer=0,
            candidate=position,
            position=position,
            at=Micros(request),
            score=0.5,
            p_viewer_likes=None,
            propensity=None,
            sources=("content",),
            model="heuristic",
            feature_version="h1",
            log_position=7,
            features=(1.0, 2.0),
        )
        for position in range(1, length + 1)
    )


class Shelf:
    """A store of impressions that does as it is told."""

    def __init__(self) -> None:
        self.rows: list[Impression] = []
        self.commits: list[int] = []
        self.before: Callable[[], None] = lambda: None
        self.asked = threading.Semaphore(0)

    def add_impressions(self, rows: Sequence[Impression]) -> None:
        self.asked.release()
        self.before()
        self.rows += rows
        self.commits.append(len(rows))

    def requests(self) -> list[str]:
        return [row.request_id for row in self.rows if row.position == 1]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def gate(shelf: Shelf) -> Iterator[threading.Event]:
    """Holds every write until it is set."""
    gate = threading.Event()
    shelf.before = lambda: _pass(gate)
    yield gate
    gate.set()


def _pass(gate: threading.Event) -> None:
    gate.wait(PATIENT_S)


def log_on(shelf: Shelf, most: int = 1_000, sample: float = 1.0) -> ImpressionLog:
    return ImpressionLog(shelf, sample=sample, most=most, linger_s=0.0, retry_s=0.001)


def unavailable() -> None:
    raise Unavailable("not now")


def fail_times(times: int, error: Exception) -> Callable[[], None]:
    """Fails so often, then works."""
    left = iter(range(times))

    def fail() -> None:
        if next(left, None) is not None:
            raise error

    return fail


def test_a_list_is_written_by_itself(shelf: Shelf) -> None:
    log = log_on(shelf)
    log.after(QUERY, a_list(1))
    assert shelf.asked.acquire(timeout=PATIENT_S)
    assert log.close() == 0
    assert shelf.rows == list(a_list(1))


def test_a_normal_stop_loses_nothing_and_keeps_the_order(shelf: Shelf) -> None:
    log = ImpressionLog(shelf, linger_s=PATIENT_S)
    for request in range(500):
        log.after(QUERY, a_list(request))
    assert log.close() == 0
    assert shelf.requests() == [f"r{request}" for request in range(500)]
    assert (log.written, log.dropped, log.waiting) == (1_000, 0, 0)
    assert len(shelf.commits) < 10


def test_an_answer_never_waits_for_the_store(shelf: Shelf, gate: threading.Event) -> None:
    log = log_on(shelf)
    log.after(QUERY, a_list(1))
    assert shelf.asked.acquire(timeout=PATIENT_S)
    for request in range(2, 50):
        log.after(QUERY, a_list(request))  # returns although the store hangs
    assert log.waiting == 98
    assert log.written == 0
    gate.set()
    assert log.close() == 0
    assert shelf.requests() == [f"r{request}" for request in range(1, 50)]


def test_what_the_store_cannot_take_now_is_tried_again(shelf: Shelf) -> None:
    shelf.before = fail_times(5, Unavailable("not now"))
    log = log_on(shelf)
    log.after(QUERY, a_list(1))
    for _ in range(6):
        assert shelf.asked.acquire(timeout=PATIENT_S)
    assert log.close() == 0
    assert shelf.rows == list(a_list(1))
    assert log.dropped == 0


def test_beyond_the_bound_the_oldest_are_dropped_and_counted(shelf: Shelf, gate: threading.Event) -> None:
    log = log_on(shelf, most=10)
    log.after(QUERY, a_list(0))
    assert shelf.asked.acquire(timeout=PATIENT_S)  # two rows are on their way, eight may wait
    for request in range(1, 21):
        log.after(QUERY, a_list(request))
        assert log.waiting <= 10
    gate.set()
    assert log.close() == 0
    assert shelf.requests() == ["r0", "r17", "r18", "r19", "r20"]
    assert (log.written, log.dropped) == (10, 32)


def test_a_failed_batch_comes_back_before_what_came_later(shelf: Shelf) -> None:
    gate = threading.Event()
    failures = fail_times(1, Unavailable("not now"))

    def first_waits_then_fails() -> None:
        _pass(gate)
        failures()

    shelf.before = first_waits_then_fails
    log = log_on(shelf)
    log.after(QUERY, a_list(1))
    assert shelf.asked.acquire(timeout=PATIENT_S)
    log.after(QUERY, a_list(2))
    gate.set()
    assert log.close() == 0
    assert shelf.requests() == ["r1", "r2"]


def test_closing_on_a_store_that_stays_away_says_how_many_are_left(shelf: Shelf) -> None:
    shelf.before = unavailable
    log = log_on(shelf)
    log.after(QUERY, a_list(1, length=20))
    assert log.close(timeout_s=0.05) == 20
    assert (log.written, log.dropped) == (0, 0)


def test_closing_waits_for_a_store_that_comes_back(shelf: Shelf) -> None:
    shelf.before = fail_times(3, Unavailable("not now"))
    log = ImpressionLog(shelf, linger_s=PATIENT_S, retry_s=0.001)
    log.after(QUERY, a_list(1))
    assert log.close(timeout_s=PATIENT_S) == 0
    assert shelf.requests() == ["r1"]


def test_what_the_store_refuses_for_good_is_dropped_and_counted(shelf: Shelf) -> None:
    shelf.before = fail_times(1, Refused("erased", "gone"))
    log = log_on(shelf)
    log.after(QUERY, a_list(1))
    assert shelf.asked.acquire(timeout=PATIENT_S)
    assert log.close() == 0
    assert (log.written, log.dropped, log.waiting) == (0, 2, 0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unforeseen_error_loses_nothing_either(shelf: Shelf) -> None:
    shelf.before = fail_times(1, ZeroDivisionError())
    log = log_on(shelf)
    log.after(QUERY, a_list(1))
    assert shelf.asked.acquire(timeout=PATIENT_S)
    log.after(QUERY, a_list(2))
    # The writer may be dying just now; then the second call finds it dead and replaces it.
    assert log.close() == 0 or log.close() == 0
    assert shelf.requests() == ["r1", "r2"]


def test_empty_lists_and_unused_logs_cost_nothing(shelf: Shelf) -> None:
    log = log_on(shelf)
    log.after(QUERY, ())
    assert log.close() == 0
    assert shelf.commits == []


def test_a_list_after_closing_is_written_too(shelf: Shelf) -> None:
    log = log_on(shelf)
    log.close()
    log.after(QUERY, a_list(1))
    assert log.close() == 0
    assert shelf.requests() == ["r1"]


def test_feature_values_are_kept_for_whole_lists_of_the_sample(shelf: Shelf) -> None:
    log = log_on(shelf, most=10_000, sample=0.3)
    for request in range(1_000):
        log.after(QUERY, a_list(request))
    assert log.close() == 0
    kept = {row.request_id for row in shelf.rows if row.features is not None}
    without = {row.request_id for row in shelf.rows if row.features is None}
    assert not kept & without
    assert 240 < len(kept) < 360
    assert kept == {f"r{request}" for request in range(1_000) if in_sample(f"r{request}", 0.3)}
    assert {row.features for row in shelf.rows if row.features} == {(1.0, 2.0)}


@given(request=st.text(), small=st.floats(0, 1), large=st.floats(0, 1))
def test_a_larger_sample_holds_the_smaller(request: str, small: float, large: float) -> None:
    small, large = sorted((small, large))
    assert in_sample(request, large) or not in_sample(request, small)
    assert in_sample(request, 1.0)
    assert not in_sample(request, 0.0)
