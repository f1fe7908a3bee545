"""The parent's side of the training process: what it makes of what the child says."""

from __future__ import annotations

from pathlib import Path

import pytest

from twofold.services.training import TrainingFailed, TrainingOrder, TrainingService
from twofold.storage.url import open_store


def test_a_child_that_cannot_open_its_database_is_an_error_with_its_own_words(tmp_path: Path) -> None:
    service = TrainingService("nosuch://database", tmp_path / "models")
    with pytest.raises(TrainingFailed, match=r"training failed: .*sqlite"):
        service.train(TrainingOrder())


def test_an_empty_database_is_a_report_not_an_error(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    store = open_store(url)
    store.prepare()
    store.close()
    service = TrainingService(url, tmp_path / "models")
    report = service.train(TrainingOrder())
    assert report["version"] is None
    assert report["skipped"]
