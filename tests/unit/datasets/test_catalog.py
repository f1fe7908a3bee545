"""The catalog: sources that are found, or named when they are not."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from twofold.domain.errors import InvalidInput, NotFound, Unavailable
from twofold.evaluation.datasets.catalog import DATASETS, Dataset, prepare

Source = Callable[[str, list[list[object]]], Path]
OTC: list[list[object]] = [["from", "to", "feature", "time"], [1, 2, 3, 4]]


def test_a_name_that_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="speed-dating, bitcoin-otc, movielens"):
        prepare("ml-1m", tmp_path, tmp_path)


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_a_source_that_is_not_there_names_the_file(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="--from"):
        prepare(dataset.name, tmp_path / "none", tmp_path / "out")
    with pytest.raises(NotFound, match=rf"{dataset.folder}.*--from"):
        prepare(dataset.name, tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["soc-sign-bitcoinotc.csv", "soc-sign-bitcoinotc.csv.gz"])
@pytest.mark.parametrize("below", ["", "bitcoin-otc/"])
def test_the_folder_or_the_one_above_it(source_file: Source, tmp_path: Path, name: str, below: str) -> None:
    source_file(below + name, OTC)
    assert prepare("bitcoin-otc", tmp_path / "source", tmp_path / "new" / "out").events == 1


def test_a_source_with_other_columns_or_cut(source_file: Source, tmp_path: Path) -> None:
    source = source_file("soc-sign-bitcoinotc.csv.gz", [["a", "b"], [1, 2]])
    with pytest.raises(InvalidInput, match="it lacks from, to, feature, time"):
        prepare("bitcoin-otc", source.parent, tmp_path / "out")
    source.write_bytes(gzip.compress(b"from,to,feature,time\n" + b"1,2,3,4\n" * 99)[:-9])
    with pytest.raises(InvalidInput, match="undamaged"):
        prepare("bitcoin-otc", source.parent, tmp_path / "out")


def test_a_target_that_is_a_file_or_lies_below_one(source_file: Source, tmp_path: Path) -> None:
    source = source_file("soc-sign-bitcoinotc.csv", OTC)
    with pytest.raises(InvalidInput, match="--to"):
        prepare("bitcoin-otc", source.parent, source)
    with pytest.raises(Unavailable, match="--to"):
        prepare("bitcoin-otc", source.parent, source / "out")
