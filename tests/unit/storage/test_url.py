"""Which store a URL names."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from twofold.domain.errors import InvalidInput, Unavailable
from twofold.storage import url as url_module
from twofold.storage.memory import MemoryStore
from twofold.storage.sql.store import SqlStore
from twofold.storage.url import STORES, open_store


def test_every_scheme_opens_its_store(tmp_path: Path) -> None:
    urls = {
        "sqlite": f"sqlite:///{tmp_path}/a/b/twofold.db",
        "postgresql": "postgresql://u:p@127.0.0.1:1/town",
        "postgres": "postgres://u:p@127.0.0.1:1/town",
        "memory": "memory:",
    }
    assert set(urls) == set(STORES)
    for scheme, url in urls.items():
        store = open_store(url)
        assert isinstance(store, MemoryStore if scheme == "memory" else SqlStore)
        store.close()


def test_the_folder_of_a_sqlite_file_is_created(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/a/b/twofold.db").close()
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("url", ["mysql://secret@host/x", "secret", "", "/secret/path"])
def test_an_unknown_scheme_is_refused_naming_the_known_ones(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        open_store(url)
    assert all(f"{scheme}:" in str(refused.value) for scheme in STORES)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_sqlite_needs_a_file(url: str) -> None:
    with pytest.raises(InvalidInput, match="memory:"):
        open_store(url)


@pytest.mark.parametrize("url", ["postgresql://secret@host:port/x", "postgresql:secret"])
def test_a_malformed_url_is_refused_without_echo(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        open_store(url)
    assert "secret" not in str(refused.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(url_module, "find_spec", lambda name: None)
    assert importlib.util.find_spec("psycopg") is not None
    with pytest.raises(Unavailable, match=r"pip install 'twofold\[postgres\]'"):
        open_store("postgresql://u:p@127.0.0.1/town")


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable, match="folder"):
        open_store(f"sqlite:///{tmp_path}/file/below/twofold.db")
