"""``twofold audit features`` and ``twofold export training-set`` as they are typed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.cli.conftest import Command
from twofold.bootstrap import assemble
from twofold.settings import Settings
from twofold.storage.url import open_store


@pytest.fixture
def served_dir(trained_dir: Path, tmp_path: Path) -> Path:
    """A trained town in which thirty lists were shown and have kept their values."""
    folder = tmp_path / "served"
    shutil.copytree(trained_dir, folder)
    product = assemble(Settings(data_dir=folder, auto_train=False, impression_sample=1.0))
    for number in range(30):
        product.recommend.recommend(f"p{number}", limit=5)
    product.close()
    return folder


def test_nothing_was_sampled(twofold: Command, trained_dir: Path) -> None:
    ran = twofold("audit", "features", data_dir=trained_dir)
    assert ran.code == 0
    assert "TWOFOLD_IMPRESSION_SAMPLE" in ran.out
    document = twofold("audit", "features", "--json", data_dir=trained_dir).document
    assert (document["looked_at"], document["rows"], document["differ"], document["models"]) == (0, 0, 0, [])


def test_nothing_differs_and_drift_is_shown(twofold: Command, served_dir: Path) -> None:
    ran = twofold("audit", "features", data_dir=served_dir)
    assert ran.code == 0, ran.out
    assert "0 differ (0.00% of 150; it must be none)." in ran.out
    assert "PSI" in ran.out
    (model,) = twofold("audit", "features", "--json", "--limit", "20", data_dir=served_dir).document["models"]
    assert (model["rows"], model["differ"]) == (20, 0)
    age = model["by_feature"]["age"]
    assert (age["differ"], age["share"], age["largest"]) == (0, 0.0, 0.0)
    drift = age["drift"]
    then = drift["training"]
    assert drift["shift"] == pytest.approx((drift["mean"] - then["mean"]) / then["standard_deviation"])


def test_what_differs_is_exit_code_1(twofold: Command, served_dir: Path) -> None:
    store = open_store(f"sqlite:///{served_dir / 'twofold.db'}")
    row = store.sampled_impressions(1)[0]
    assert row.features is not None
    store.add_impressions([replace(row, features=(row.features[0] + 1, *row.features[1:]))])
    store.close()
    ran = twofold("audit", "features", data_dir=served_dir)
    assert ran.code == 1
    assert "1 differ" in ran.out
    ran = twofold("audit", "features", "--json", data_dir=served_dir)
    assert ran.code == 1
    assert ran.document["differ"] == 1
    assert ran.document["share"] == pytest.approx(1 / 151)


def test_a_training_set_is_written(twofold: Command, trained_dir: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "rows.parquet"
    options = ("--as-of", "last", "--features", "v1", "--delay-days", "0")
    ran = twofold("export", "training-set", "--out", str(out), *options, data_dir=trained_dir)
    assert ran.code == 0, ran.err
    assert "Wrote" in ran.out
    assert "features ..." in ran.err
    table = parquet.read_table(out)
    assert table.num_rows > 1_000
    document = twofold("export", "training-set", "--out", str(out), "--json", *options, data_dir=trained_dir).document
    assert document["rows"]["rows"] == table.num_rows
    assert json.loads(table.schema.metadata[b"twofold"]) == document["metadata"]
    assert document["metadata"]["recipe"]["delay_days"] == 0


def test_an_export_that_fails_says_why(twofold: Command, trained_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "no" / "rows.parquet"
    ran = twofold("export", "training-set", "--out", str(out), data_dir=trained_dir)
    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith("error: the export failed: --out: expected")
    assert str(out) not in ran.err
    out = tmp_path / "x.parquet"
    ran = twofold("export", "training-set", "--out", str(out), "--features", "v9", data_dir=trained_dir)
    assert ran.code == 4
    ran = twofold("export", "training-set", "--out", str(out), "--as-of", "2001-01-01", data_dir=trained_dir)
    assert ran.code == 3
    assert "no training set" in ran.err
    assert not out.exists()
