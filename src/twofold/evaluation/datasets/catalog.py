"""Which public data sets can be prepared: the one list to add to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from twofold.domain.errors import InvalidInput
from twofold.evaluation.datasets.bitcoin_otc import prepare_bitcoin_otc
from twofold.evaluation.datasets.movielens import prepare_movielens
from twofold.evaluation.datasets.prepared import PreparedSummary
from twofold.evaluation.datasets.speed_dating import prepare_speed_dating


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A public data set.

    Args:
        name: what the command line calls it.
        what: in one sentence what it holds.
        folder, files: where its files are looked for (each also with ``.gz``).
        prepare: (source folder, target folder) -> what was written.
        needs_age_unknown: some or all of its people have no birth date, so that importing all of them takes
            ``--admit-age-unknown``.
    """

    name: str
    what: str
    folder: str
    files: tuple[str, ...]
    prepare: Callable[[Path, Path], PreparedSummary]
    needs_age_unknown: bool


DATASETS = (
    Dataset(
        name="speed-dating",
        what="551 people on 21 evenings of speed dating decide on each other, both directions",
        folder="speed-dating",
        files=("speed_dating.csv",),
        prepare=prepare_speed_dating,
        needs_age_unknown=True,
    ),
    Dataset(
        name="bitcoin-otc",
        what="5,881 traders rate how far they trust each other, over five years",
        folder="bitcoin-otc",
        files=("soc-sign-bitcoinotc.csv",),
        prepare=prepare_bitcoin_otc,
        needs_age_unknown=True,
    ),
    Dataset(
        name="movielens",
        what="671 people rate 9,125 films; the films are people who never view",
        folder="movielens-latest-small",
        files=("ratings.csv", "movies.csv"),
        prepare=prepare_movielens,
        needs_age_unknown=True,
    ),
)


def prepare(name: str, source: Path, target: Path) -> PreparedSummary:
    """Turn a public data set into ``people.csv`` and ``events.csv`` below ``target``.

    Args:
        name: of a data set in `DATASETS`.
        source: the folder that holds its files, or the one above it.
        target: a folder; it is created.

    Raises:
        InvalidInput: when the name is not known, or a file is not what its README describes.
        NotFound: when a file is not there.
        Unavailable: when ``target`` cannot be written.
    """
    for dataset in DATASETS:
        if dataset.name == name:
            return dataset.prepare(source, target)
    raise InvalidInput("dataset", f"one of {', '.join(dataset.name for dataset in DATASETS)}")
