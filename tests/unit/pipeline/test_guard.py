"""The guard: results, errors and time limits of calls."""

from __future__ import annotations

import threading
import time

import pytest

from tests.unit.pipeline.fakes import Hang
from twofold.pipeline.guard import ComponentFailed, Guard

PATIENT_S = 30.0


def test_an_error_names_its_class_and_keeps_its_cause() -> None:
    def fail() -> None:
        raise KeyError("a private thing")

    with pytest.raises(ComponentFailed) as failure:
        Guard(PATIENT_S).call(fail)
    assert str(failure.value) == "KeyError"
    assert isinstance(failure.value.__cause__, KeyError)


def test_one_thread_serves_call_after_call() -> None:
    guard = Guard(PATIENT_S)
    assert len({guard.call(threading.get_ident) for _ in range(50)}) == 1


def test_a_thread_that_failed_serves_again() -> None:
    guard = Guard(PATIENT_S)
    first = guard.call(threading.get_ident)
    with pytest.raises(ComponentFailed):
        guard.call(lambda: 1 // 0)
    assert guard.call(threading.get_ident) == first


def test_calls_from_many_threads_do_not_mix() -> None:
    guard, results = Guard(PATIENT_S), {}

    def work(number: int) -> None:
        results[number] = [guard.call(lambda: number) for _ in range(100)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: [number] * 100 for number in range(4)}


def test_a_thread_that_hung_serves_again_once_released(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twofold.pipeline.guard.MAX_WORKERS", 1)
    hang, guard = Hang(), Guard(0.05)
    with pytest.raises(ComponentFailed, match="timeout"):
        guard.call(hang)
    with pytest.raises(ComponentFailed, match="timeout"):
        guard.call(lambda: 42)
    hang.released.set()
    guard.budget_s = PATIENT_S
    assert eventually(guard) == 42


def eventually(guard: Guard) -> int:
    """The result of a call as soon as the one thread is free."""
    for _ in range(1_000):
        try:
            return guard.call(lambda: 42)
        except ComponentFailed:
            time.sleep(0.01)
    raise AssertionError("the thread never came back")


def test_a_row_of_calls_is_made_on_one_thread_and_fails_call_by_call() -> None:
    guard, kinds = Guard(PATIENT_S), []

    def row() -> set[int]:
        with pytest.raises(ComponentFailed, match="ZeroDivisionError") as failure:
            guard.call(lambda: 1 // 0)
        kinds.append(failure.value.kind)
        return {guard.call(threading.get_ident) for _ in range(20)} | {threading.get_ident()}

    threads = guard.row(row, row)
    assert kinds == ["ZeroDivisionError"]
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


def test_a_row_may_take_longer_than_each_of_its_calls() -> None:
    guard = Guard(0.2)
    assert guard.row(lambda: [guard.call(lambda: time.sleep(0.05)) for _ in range(8)], list) == [None] * 8


def test_a_row_in_which_a_call_hangs_is_made_again_with_that_call_given_up() -> None:
    hang, guard = Hang(), Guard(0.1)

    def row() -> str:
        try:
            guard.call(hang)
        except ComponentFailed as failure:
            return failure.kind
        return "answered"

    assert guard.row(row, row) == "timeout"
    hang.released.set()


def test_what_a_row_itself_raises_is_raised() -> None:
    def row() -> None:
        raise KeyError("as it is")

    with pytest.raises(KeyError, match="as it is"):
        Guard(PATIENT_S).row(row, row)
