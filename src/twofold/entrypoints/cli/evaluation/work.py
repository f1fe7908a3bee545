"""The work of ``twofold evaluate``, from data to document. Imports what fits models, so import it late."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np

from twofold.domain.errors import InvalidInput
from twofold.domain.ports import Store
from twofold.domain.time import MICROS_PER_SECOND, Micros
from twofold.entrypoints.cli.evaluation.files import Opened, opened_files
from twofold.entrypoints.cli.evaluation.trials import trials_of
from twofold.entrypoints.cli.evaluation.untimed import FOLDS, MOMENT, draw
from twofold.entrypoints.cli.options import opened_store, resolve
from twofold.entrypoints.cli.progress import Report
from twofold.evaluation.data import Data
from twofold.evaluation.datasets.catalog import prepare
from twofold.evaluation.datasets.half_evenings import HALF, prepare_half_evenings
from twofold.evaluation.document import Document
from twofold.evaluation.protocols.collaborative import CollaborativeAlone
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.protocols.folded import Folded
from twofold.evaluation.protocols.timed import Timed
from twofold.evaluation.split import split_by_likes, split_by_time
from twofold.settings import Settings

WAVES_APART = 7  # folds of three evenings each
EVENINGS = "grouped by evening in 7 folds: known is each evening's first half, asked its second"
BY_VIEWER = "no times in the data: P(like) alone, by cross-validation over viewers (5 folds)"


def evaluate_stored(settings: Settings, as_of: str, seed: int, report: Report) -> Document:
    """One's own stored data."""
    with opened_store(settings) as store:
        report("read", 0.0)
        data = Data.read("stored data", store, resolve(as_of, store))
        split = split_by_time(data.events)
        course = Course(seed, report, settings.candidates)
        return Timed(data, split, split, course).run(trials_of(settings, store, report))


def evaluate_files(people: Path | None, events: Path, seed: int, report: Report) -> Document:
    """Anybody's files."""
    with opened_files(people, events, report, seed) as opened:
        return _evaluated(events.name, opened, seed, report)


def evaluate_public(name: str, folder: Path, seed: int, report: Report) -> Document:
    """One of the public data sets in a folder.

    Raises:
        InvalidInput: there is no such set.
    """
    if name not in PUBLIC:
        raise InvalidInput("DATASET", f"one of {', '.join(PUBLIC)}")
    with TemporaryDirectory(prefix="twofold-evaluate-") as prepared:
        return PUBLIC[name](folder, Path(prepared), seed, report)


def _evaluated(name: str, opened: Opened, seed: int, report: Report) -> Document:
    course = Course(seed, report, opened.settings.candidates)
    course.note(*opened.notes)
    data = Data.read(name, opened.store)
    trials = trials_of(opened.settings, opened.store, report)
    if not opened.timed:
        return _untimed(data, opened.store, course).run(trials)
    split = split_by_time(data.events)
    return Timed(data, split, split, course).run(trials)


def _untimed(data: Data, store: Store, course: Course) -> Folded:
    course.note(
        "the events have no times that tell earlier from later: there is P(like) only, and no lists can be measured"
    )
    groups = np.zeros(data.people, np.int64)
    for version in store.people_versions():
        groups[version.key] = draw(version.person.id, course.seed) // 2
    return Folded(
        data=data,
        moment=Micros(MOMENT * MICROS_PER_SECOND),
        groups=groups,
        clusters=np.arange(data.people),
        folds=FOLDS,
        lists=False,
        split=BY_VIEWER,
        interval="95 %, bootstrap over viewers, 1,000 resamples (fewer on many rows)",
        course=course,
    )


def _speed_dating(folder: Path, prepared: Path, seed: int, report: Report) -> Document:
    evenings = prepare_half_evenings(folder, prepared)
    with opened_files(evenings.written.people_path, evenings.written.events_path, report, seed) as opened:
        data, course = Data.read("speed-dating", opened.store), Course(seed, report, None)
        course.note(*opened.notes)
        keys = opened.store.keys_of(list(evenings.waves))
        waves = np.zeros(data.people, np.int64)
        waves[[keys[id_] for id_ in evenings.waves]] = list(evenings.waves.values())
        folded = Folded(
            data=data,
            moment=HALF,
            groups=waves,
            clusters=waves,
            folds=WAVES_APART,
            lists=True,
            split=EVENINGS,
            interval="95 %, bootstrap over evenings, 1,000 resamples",
            course=course,
        )
        return folded.run(trials_of(opened.settings, opened.store, report))


def _bitcoin_otc(folder: Path, prepared: Path, seed: int, report: Report) -> Document:
    """P(like) is split over all ratings, lists over the positive ones, as the reference figures are."""
    written = prepare("bitcoin-otc", folder, prepared)
    with opened_files(written.people_path, written.events_path, report, seed) as opened:
        data, course = Data.read("bitcoin-otc", opened.store), Course(seed, report, opened.settings.candidates)
        course.note(*opened.notes)
        timed = Timed(data, split_by_time(data.events), split_by_likes(data.events), course)
        return timed.run(trials_of(opened.settings, opened.store, report))


def _movielens(folder: Path, prepared: Path, seed: int, report: Report) -> Document:
    written = prepare("movielens", folder, prepared)
    with opened_files(written.people_path, written.events_path, report, seed) as opened:
        data, course = Data.read("movielens", opened.store), Course(seed, report, opened.settings.candidates)
        course.note(*opened.notes)
        split = split_by_time(data.events)
        alone = CollaborativeAlone(data, split, split, course)
        return alone.run(trials_of(opened.settings, opened.store, report))


PUBLIC: dict[str, Callable[[Path, Path, int, Report], Document]] = {
    "speed-dating": _speed_dating,
    "bitcoin-otc": _bitcoin_otc,
    "movielens": _movielens,
}


def encoded(document: Document) -> bytes:
    """The document as JSON, on one line."""
    return msgspec.json.encode(document) + b"\n"
