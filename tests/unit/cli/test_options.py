"""What --as-of means, and whose word counts among settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.changes import EventBatch
from twofold.domain.errors import InvalidInput
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import EARLIEST, LATEST, MICROS_PER_SECOND, Micros
from twofold.entrypoints.cli.options import resolve, settings_of
from twofold.storage.memory import MemoryStore

NOW = Micros(1_750_000_000_000_000)


def test_now_is_the_present_which_follows_the_log() -> None:
    assert resolve("now", MemoryStore()) is None


def test_last_sees_the_last_event() -> None:
    store = MemoryStore()
    store.put_people([(Person(id="ada"), True), (Person(id="bob"), True)], NOW)
    keys = store.keys_of(["ada", "bob"])
    store.append_events(EventBatch([keys["ada"]], [keys["bob"]], [int(EventKind.LIKE)], [NOW - 5], [None]), NOW)
    assert resolve("last", store) == NOW - 4


def test_last_of_nothing_says_what_to_do() -> None:
    with pytest.raises(InvalidInput, match="import some, or leave it out"):
        resolve("last", MemoryStore())


@given(st.integers(EARLIEST // MICROS_PER_SECOND, LATEST // MICROS_PER_SECOND).filter(lambda seconds: seconds >= 0))
def test_unix_seconds_are_kept(seconds: int) -> None:
    assert resolve(str(seconds), MemoryStore()) == seconds * MICROS_PER_SECOND


@pytest.mark.parametrize("text", ["", "secret-moment", "NOW", "2026-13-01", "1e300", "nan", "-1e18", "9" * 400])
def test_anything_else_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        resolve(text, MemoryStore())
    assert "secret" not in str(refused.value)


def test_an_option_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TWOFOLD_DATA_DIR", str(tmp_path / "environment"))
    assert settings_of(None, None).data_dir == tmp_path / "environment"
    assert settings_of(tmp_path / "option", None).data_dir == tmp_path / "option"
    assert settings_of(None, "sqlite:///x.db").url == "sqlite:///x.db"
