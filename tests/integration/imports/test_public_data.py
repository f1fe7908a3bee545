"""The public data sets themselves: prepared, they hold what their READMEs say, and import without one reject."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from twofold.domain.event import WRITABLE_KINDS
from twofold.domain.person import Admission
from twofold.domain.time import system_clock
from twofold.evaluation.datasets.catalog import DATASETS, Dataset, prepare
from twofold.services.imports.importing import ImportEvents, ImportPeople
from twofold.services.imports.mapping import EVENT_COLUMNS, PEOPLE_COLUMNS
from twofold.storage.memory import MemoryStore

PUBLIC = Path(__file__).parents[3].parent / "shared" / "data"

# What the READMEs of the public sets say of them, or follows from it.
FIGURES = {"speed-dating": (551, 8_368), "bitcoin-otc": (5_881, 35_592), "movielens": (671 + 9_125, 100_004)}


@pytest.fixture
def public_data() -> Path:
    """The folder with the public data sets, beside the checkout."""
    if not PUBLIC.is_dir():
        pytest.skip("the public data sets are not beside the checkout (../shared/data)")
    return PUBLIC


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_the_public_sets_import_whole(dataset: Dataset, public_data: Path, tmp_path: Path) -> None:
    summary = prepare(dataset.name, public_data, tmp_path)
    assert (summary.people, summary.events) == FIGURES[dataset.name]
    store, admission = MemoryStore(), Admission(age_unknown=dataset.needs_age_unknown)
    people = ImportPeople(store, system_clock, admission).run(summary.people_path)
    events = ImportEvents(store, system_clock, admission).run(summary.events_path)
    assert (people.accepted, people.rejected, people.ignored_columns) == (summary.people, 0, ())
    assert (events.accepted, events.rejected, events.ignored_columns) == (summary.events, 0, ())


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_the_files_are_in_the_imports_words(dataset: Dataset, public_data: Path, tmp_path: Path) -> None:
    summary = prepare(dataset.name, public_data / dataset.folder, tmp_path)
    with summary.people_path.open(newline="") as people, summary.events_path.open(newline="") as events:
        assert set(next(csv.reader(people))) <= set(PEOPLE_COLUMNS)
        rows = csv.DictReader(events)
        assert tuple(rows.fieldnames or ()) == EVENT_COLUMNS[:4]
        times = []
        for row in rows:
            assert row["kind"] in WRITABLE_KINDS
            times.append(row["at"].rstrip("Z").ljust(26, "."))
    assert times == sorted(times)


def test_public_speed_dating_drops_what_it_says(public_data: Path, tmp_path: Path) -> None:
    summary = prepare("speed-dating", public_data, tmp_path)
    assert summary.dropped == {"no_partner": 10}
    assert "0 people were under 18" in summary.notes[1]
