"""The rows a ranker learns from, as a file: the same as training's, whole or not there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twofold.domain.changes import EventBatch
from twofold.domain.errors import InvalidInput, Refused, Unavailable
from twofold.domain.event import EventKind
from twofold.domain.impression import Impression
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.features.spec import VERSIONS
from twofold.models.registry import Registry
from twofold.storage.url import open_store
from twofold.training import export as exporting
from twofold.training.export import ExportReport, export
from twofold.training.parquet import TrainingSetFile
from twofold.training.recipe import Recipe
from twofold.training.run import train

parquet = pytest.importorskip("pyarrow.parquet")

PEOPLE, DECISIONS = 60, 2_400
NOW = Micros(20_500 * MICROS_PER_DAY)
MINUTE = 60_000_000
Store = Any


def fill(store: Store, decisions: int = DECISIONS) -> None:
    """People who like their own camp; a few of the later decisions answer a list that was shown."""
    people = [
        Person(id=f"p{number}", interests=("tea",) if number % 2 else ("jazz", "chess")) for number in range(PEOPLE)
    ]
    store.put_people([(person, True) for person in people], NOW)
    rng = np.random.default_rng(4)
    actor, away = rng.integers(PEOPLE, size=decisions), rng.integers(1, PEOPLE, size=decisions)
    target = (actor + away) % PEOPLE
    likely = np.where(actor % 2 == target % 2, 0.8, 0.2)
    kind = np.where(rng.random(decisions) < likely, int(EventKind.LIKE), int(EventKind.DISLIKE))
    at = NOW - (decisions - np.arange(decisions)) * 30 * MINUTE
    keys = store.keys_of([person.id for person in people])
    key = np.array([keys[person.id] for person in people])
    who = key[actor].tolist(), key[target].tolist()
    store.append_events(EventBatch(*who, kind.tolist(), at.tolist(), [None] * decisions), NOW)
    store.add_impressions(
        [
            Impression(
                request_id=f"r{row}",
                viewer=int(key[actor[row]]),
                candidate=int(key[target[row]]),
                position=1,
                at=Micros(int(at[row]) - MINUTE),
                score=0.5,
                p_viewer_likes=None,
                propensity=None,
                sources=("content",),
                model="heuristic",
                feature_version="h1",
                log_position=PEOPLE + row // 2,
            )
            for row in range(decisions - 40, decisions, 2)
        ]
    )


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with closing(open_store(f"sqlite:///{tmp_path / 'town.db'}")) as opened:
        opened.prepare()
        fill(opened)
        yield opened


Export = Callable[..., ExportReport]


@pytest.fixture
def write(store: Store, tmp_path: Path) -> Export:
    def write(path: Path = tmp_path / "rows.parquet", as_of: int = NOW, **recipe: Any) -> ExportReport:
        return export(
            store,
            path,
            as_of=Micros(as_of),
            clock=lambda: NOW,
            recipe=Recipe(**recipe),
            progress=lambda _stage, _done: None,
            threads=1,
        )

    return write


@pytest.mark.parametrize("features", ["v1", "v2"])
def test_the_rows_are_those_that_training_learns_from(
    write: Export, store: Store, tmp_path: Path, features: str
) -> None:
    report = write(features=features)
    ticks = count(NOW).__next__
    trained = train(
        store,
        tmp_path / "models",
        as_of=NOW,
        clock=lambda: Micros(ticks()),
        recipe=Recipe(features=features),
        progress=lambda _stage, _done: None,
        threads=1,
    )
    table = parquet.read_table(report.path)
    assert table.num_rows == trained.rows["ranker_rows"] == report.rows["rows"]
    assert trained.version is not None
    spreads = Registry(store, tmp_path / "models", lambda: NOW).load(trained.version).spreads
    assert len(spreads) > 5
    for name, spread in spreads.items():
        values = table[name].to_numpy().astype(np.float64)
        known = values[np.isfinite(values)]
        assert len(known) / len(values) == pytest.approx(spread.known), name
        assert known.mean() == pytest.approx(spread.mean, abs=1e-9), name
        assert known.std() == pytest.approx(spread.scale, abs=1e-9), name


def test_columns_and_metadata(write: Export, store: Store) -> None:
    report = write()
    table = parquet.read_table(report.path)
    version = VERSIONS["v2"]
    own = ["viewer", "candidate", "label", "decided_at", "as_of", "as_of_position", "of_list"]
    assert table.column_names == [*own, *version.names]
    assert {str(table.schema.field(name).type) for name in version.names} == {"float"}
    rows = table.select(own).to_pylist()
    assert [row["decided_at"] for row in rows] == sorted(row["decided_at"] for row in rows)
    assert {row["label"] for row in rows} == {0, 1}
    assert {row["viewer"] for row in rows} <= {f"p{number}" for number in range(PEOPLE)}
    listed = [row for row in rows if row["of_list"]]
    assert len(listed) == report.rows["of_lists_shown"] == 20
    for row in rows:
        ago = (row["decided_at"] - row["as_of"]).total_seconds()
        assert ago == (60 if row["of_list"] else 86_400)
        assert (row["as_of_position"] is None) is not row["of_list"]
    metadata = json.loads(table.schema.metadata[b"twofold"])
    assert metadata == report.metadata
    assert metadata["feature_hash"] == version.hash
    assert metadata["log_position"] == store.head()
    assert metadata["recipe"]["delay_days"] == 1.0
    assert metadata["rows"] == len(rows)


def test_the_delay_is_the_rows_own(write: Export) -> None:
    rows = parquet.read_table(write(delay_days=0.0).path, columns=["decided_at", "as_of", "of_list"]).to_pylist()
    assert all(row["decided_at"] == row["as_of"] for row in rows if not row["of_list"])


def test_groups_are_bounded_and_change_nothing(write: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = parquet.read_table(write().path)
    monkeypatch.setattr(exporting, "GROUP", 500)
    file = parquet.ParquetFile(write(tmp_path / "groups.parquet").path)
    sizes = [file.metadata.row_group(place).num_rows for place in range(file.num_row_groups)]
    assert sizes[:-1] == [500] * (len(sizes) - 1)
    assert len(sizes) > 1
    table = file.read()
    for name in whole.column_names:
        if name in VERSIONS["v2"].names:
            np.testing.assert_allclose(table[name].to_numpy(), whole[name].to_numpy(), rtol=1e-5, atol=1e-6)
        else:
            assert table[name].to_pylist() == whole[name].to_pylist()


def test_a_file_that_is_there_stays_until_the_new_one_is_whole(
    write: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"before")
    monkeypatch.setattr(TrainingSetFile, "write", broken)
    with pytest.raises(Unavailable, match="cannot be written"):
        write(path)
    assert path.read_bytes() == b"before"
    assert not list(tmp_path.glob(".*"))
    monkeypatch.undo()
    write(path)
    assert parquet.read_table(path).num_rows > 0
    assert not list(tmp_path.glob(".*"))


def broken(*_: object) -> None:
    raise Unavailable("the file cannot be written (No space left on device); check space and folder")


def test_too_little_is_refused_and_leaves_no_file(write: Export, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"no training set.*1,000 decisions"):
        write(as_of=NOW - 2_000 * 30 * MINUTE)
    assert not list(tmp_path.glob("*.parquet"))
    assert not list(tmp_path.glob(".*"))


def test_what_cannot_be_a_file_is_told_before_anything_is_read(write: Export, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "rows.parquet"):
        with pytest.raises(InvalidInput, match="--out: expected a file in a folder that exists"):
            write(path)


def test_without_pyarrow_it_says_what_to_install(write: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InvalidInput, match=r"pip install \"twofold\[parquet\]\""):
        write()
