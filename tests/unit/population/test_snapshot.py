"""Everyone from files is everyone from the log, goes on like them, and damaged files are never read."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.as_of import AsOf
from twofold.domain.changes import Changes, EventColumns, PersonVersion, Removal
from twofold.domain.errors import Damaged, Unavailable
from twofold.domain.time import MICROS_PER_DAY, Micros, day_of
from twofold.features.everybody import begin_day
from twofold.features.service import FeatureService
from twofold.features.spec import VERSIONS
from twofold.filters.decided import DecidedFilter
from twofold.filters.limits import LimitsFilter
from twofold.filters.safety import SafetyFilter
from twofold.population import pages
from twofold.population.population import Population
from twofold.population.snapshot import COLD, FORMAT, MANIFEST, Snapshots
from twofold.testing.contracts.town import NOW, log_of, query_of, random_person, random_rows, random_town

PEOPLE = 14
LOG = "this"


def told(population: Population) -> dict[str, object]:
    """All that is told about everyone, now and as of a month and ninety events ago."""
    columns, everyone = population.columns, population.columns.everyone()
    viewers, candidates = (each.ravel() for each in np.meshgrid(everyone, everyone))
    then = AsOf.at(Micros(NOW - 30 * MICROS_PER_DAY), max(population.position - 90, 1))
    features = FeatureService(population)
    return {
        "ids": columns.ids()[: int(everyone.max(initial=-1)) + 1],
        "keys": [columns.names.key_of(each) for each in columns.ids() if each is not None],
        "position": (population.position, population.decisions, len(columns)),
        "changed": population.changed[everyone].tolist(),
        "popular": population.popular(NOW)[everyone].round(9).tolist(),  # summed in another order when followed
        "interests": dict(zip(columns.interest_labels.labels(), columns.interest_people, strict=False)),
        "removed": [
            [each.judge(query_of(int(viewer)), everyone).tolist() for viewer in everyone]
            for each in (SafetyFilter(population, 18), DecidedFilter(population), LimitsFilter(population))
        ],
        **{
            f"{name} {when.positions is None}": np.nan_to_num(
                features.values(viewers, candidates, when, name), nan=-9.0
            ).tolist()
            for name in VERSIONS
            for when in (AsOf.at(NOW), then)
        },
    }


def changes(population: Population, seed: int, gone: Sequence[int] = (), leave: bool = True) -> Changes:
    """A newcomer, two who change, a hundred acts (late ones too), and some who leave, or have left before."""
    rng = np.random.default_rng(seed)
    people: list[PersonVersion] = []
    for number, key in enumerate((PEOPLE, 0, 1)):
        version = random_person(key, rng)
        people.append(replace(version, position=population.position + 1 + number, at=Micros(NOW - 7 * number)))
    rows, start = random_rows(PEOPLE + 1, 100, rng), population.position + 4
    events = replace(log_of(rows), position=np.arange(start, start + len(rows)))
    end = start + len(rows)
    removals = tuple(Removal(end + number, key) for number, key in enumerate(gone if leave else ()))
    kept = ~np.isin(events.actor, gone) & ~np.isin(events.target, gone)
    return Changes(end + len(removals), tuple(people), events.take(kept), removals)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 99), events=st.sampled_from([0, 5, 400]), gone=st.sets(st.integers(2, 13), max_size=2))
def test_everyone_from_files_is_everyone_and_goes_on_like_them(
    tmp_path_factory: pytest.TempPathFactory, seed: int, events: int, gone: set[int]
) -> None:
    snapshots, population = Snapshots(tmp_path_factory.mktemp("s"), LOG), random_town(PEOPLE, events, seed)
    begin_day(population, NOW)
    first = snapshots.load(snapshots.write(population))
    assert (first.carried, snapshots.list()[0].day) == (day_of(NOW), day_of(NOW))
    assert told(first) == told(population)
    for each in (population, first):
        each.apply(changes(each, seed, sorted(gone)))
    assert told(first) == told(population)
    again = snapshots.load(snapshots.write(first))
    assert told(again) == told(population)
    for each in (population, again):
        each.apply(changes(each, seed + 1, sorted(gone), leave=False))
    assert told(again) == told(population)


def test_what_goes_on_in_memory_stays_out_of_the_files(tmp_path: Path) -> None:
    snapshots, population = Snapshots(tmp_path, LOG), random_town(PEOPLE, 200)
    written = snapshots.write(population)
    before = told(snapshots.load(written))
    one = snapshots.load(written)
    one.apply(changes(one, 3, gone=(4,)))
    assert told(snapshots.load(written)) == before


def test_who_left_is_in_no_snapshot_made_from_an_older_one(tmp_path: Path) -> None:
    snapshots, gone = Snapshots(tmp_path, LOG), 4
    one = snapshots.load(snapshots.write(random_town(PEOPLE, 400)))
    assert (one.frozen()["relations.target"] == gone).any()
    one.apply(changes(one, 3, gone=(gone,)))
    arrays = snapshots.load(snapshots.write(one)).frozen()
    for name in ("relations.target", "given.other", "received.other"):
        assert not (arrays[name] == gone).any(), name
    for name in ("relations", "given", "received"):
        start = arrays[f"{name}.start"]
        assert start[gone] == start[gone + 1], name
    assert gone not in arrays["columns.names.keys"]
    assert not (arrays["profiles.older"][:, 0] == gone).any()
    assert not (arrays["relations.blocks"][:, :2] == gone).any()


def test_a_town_of_nobody(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, LOG)
    empty = snapshots.load(snapshots.write(Population([], EventColumns.empty(), 0)))
    assert (len(empty.columns), empty.position, empty.reach(0, 0).keys.tolist()) == (0, 0, [])


def damage_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def damage_flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(bytes(content))


def damage_gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("damage", [damage_cut, damage_flip, damage_gone])
def test_a_damaged_file_is_refused_whichever_it_is(tmp_path: Path, damage: object) -> None:
    snapshots = Snapshots(tmp_path, LOG)
    names = sorted(each.name for each in snapshots.write(random_town(PEOPLE, 60)).folder.iterdir())
    for number, name in enumerate(names):
        snapshot = Snapshots(tmp_path / str(number), LOG).write(random_town(PEOPLE, 60))
        assert callable(damage)
        damage(snapshot.folder / name)
        with pytest.raises(Damaged, match="twofold snapshot"):
            snapshots.load(snapshot)


def rewritten(snapshots: Snapshots, **changed: object) -> Path:
    """The manifest with other words, under the name that belongs to it."""
    folder = snapshots.list()[0].folder
    content = json.loads((folder / MANIFEST).read_text()) | changed
    (folder / MANIFEST).write_text(json.dumps(content, sort_keys=True))
    name = folder.name[:-32] + sha256((folder / MANIFEST).read_bytes()).hexdigest()[:32]
    return folder.rename(folder.with_name(name))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"format": FORMAT + 1}, f"of format {FORMAT + 1}; this release reads {FORMAT}"),
        ({"log": "other"}, "of another database"),
        ({"arrays": {}}, "not hold what was expected"),
        ({"arrays": None}, "not hold what was expected"),
        ({"bytes": "many"}, "not hold what was expected"),
    ],
)
def test_what_was_not_written_by_this_release_for_this_log_is_refused(
    tmp_path: Path, changed: dict[str, object], why: str
) -> None:
    snapshots = Snapshots(tmp_path, LOG)
    snapshots.write(random_town(PEOPLE, 60))
    rewritten(snapshots, **changed)
    with pytest.raises(Damaged, match=why):
        snapshots.load(snapshots.list()[0])


@pytest.mark.parametrize("dtype", ["|O8", "<i8", "nonsense"])
def test_arrays_of_another_kind_are_refused(tmp_path: Path, dtype: str) -> None:
    snapshots = Snapshots(tmp_path, LOG)
    written = snapshots.write(random_town(PEOPLE, 60))
    arrays = json.loads((written.folder / MANIFEST).read_text())["arrays"]
    rewritten(snapshots, arrays=arrays | {"names.text": {"dtype": dtype, "shape": [10**9], "offset": 0}})
    with pytest.raises(Damaged, match="not hold what was expected"):
        snapshots.load(snapshots.list()[0])


def test_the_newest_two_are_kept_and_what_is_no_snapshot_is_left_alone(tmp_path: Path) -> None:
    snapshots, town = Snapshots(tmp_path, LOG), random_town(PEOPLE, 60)
    (tmp_path / "notes.txt").write_text("mine")
    for _ in range(4):
        snapshots.write(town)
        town.apply(changes(town, 1))
    positions = [each.position for each in snapshots.list()]
    assert positions == sorted(positions, reverse=True)
    assert len(positions) == 2
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_writing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    snapshots, town = Snapshots(tmp_path, LOG), random_town(PEOPLE, 60)
    assert snapshots.write(town) == snapshots.write(town)
    assert len(list(tmp_path.glob("s*"))) == 1


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable, match="snapshot folder"):
        Snapshots(tmp_path / "file", LOG).write(random_town(PEOPLE, 1))


KILLED = """
import os, sys
from pathlib import Path
from twofold.population.snapshot import Snapshots
from twofold.testing.contracts.town import random_town
def die(done):
    if done > 0.5:
        os.kill(os.getpid(), 9)
Snapshots(Path(sys.argv[1]), "this").write(random_town(14, 200, seed=5), die)
"""


def test_a_writer_killed_half_way_leaves_the_older_one(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, LOG)
    older = snapshots.write(random_town(PEOPLE, 60))
    result = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], env=os.environ, check=False)
    assert result.returncode == -9
    assert snapshots.list() == [older]
    snapshots.load(older)
    assert list(tmp_path.glob(".draft-*")), "it left what it had written"
    snapshots.write(random_town(PEOPLE, 80))
    assert not list(tmp_path.glob(".draft-*")), "the next one clears it away"
    assert len(snapshots.list()) == 2


def test_of_those_who_would_make_one_at_the_same_time_one_does(tmp_path: Path) -> None:
    one, other = Snapshots(tmp_path, LOG), Snapshots(tmp_path, LOG)
    with one.turn() as mine:
        assert mine
        with other.turn() as theirs:
            assert not theirs
        one.write(random_town(PEOPLE, 60))
    with other.turn() as theirs:
        assert theirs


def test_what_lists_read_lies_in_front_and_is_brought_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = Snapshots(tmp_path, LOG)
    begin_day(town := random_town(PEOPLE, 200), NOW)
    manifest = json.loads((snapshots.write(town).folder / MANIFEST).read_text())
    for name, array in manifest["arrays"].items():
        assert (array["offset"] < manifest["hot"]) != (COLD.fullmatch(name) is not None) or 0 in array["shape"], name
    assert 0 < manifest["hot"] < manifest["bytes"]
    monkeypatch.setattr(pages, "POPULATE_READ", 12_345)  # as on a system that has no such advice
    loaded = snapshots.load(snapshots.list()[0])
    loaded.bring_in()
    assert told(loaded) == told(town)


def test_more_to_bring_into_memory_than_there_is(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, LOG)
    snapshots.write(random_town(PEOPLE, 60))
    rewritten(snapshots, hot=10**12)
    with pytest.raises(Damaged, match="not hold what was expected"):
        snapshots.load(snapshots.list()[0])


def test_a_few_times_are_read_from_the_file_without_mapping_their_pages(tmp_path: Path) -> None:
    """Which the system would count as the process' memory, with fifteen around each."""
    snapshots, town = Snapshots(tmp_path, LOG), random_town(PEOPLE, 200)
    snapshots.write(town)
    loaded = snapshots.load(snapshots.list()[0])
    pages = loaded.given.loaded.pages
    assert pages is not None
    for key in range(PEOPLE):
        acts, expected = loaded.given.acts_of(key, NOW), town.given.acts_of(key, NOW)
        assert acts.at.tolist() == expected.at.tolist()
        assert not len(acts.at) or not np.shares_memory(acts.at, loaded.given.loaded.at)
    files = len(list(Path("/proc/self/fd").iterdir()))
    del loaded, pages, acts
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) < files
