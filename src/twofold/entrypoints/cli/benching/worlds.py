"""Kept worlds: built once, each in a folder whose name says which; only the model trained on it comes later."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from platformdirs import user_cache_path

from twofold import __version__
from twofold.bench.viewers import Viewers
from twofold.bootstrap import snapshots_of
from twofold.domain.candidate import Keys
from twofold.domain.errors import Refused
from twofold.domain.time import day_of, system_clock
from twofold.entrypoints.cli.progress import Report
from twofold.features.spec import VERSIONS
from twofold.population.population import FEW
from twofold.population.snapshot import FORMAT
from twofold.services.training import TrainingOrder, TrainingService
from twofold.settings import Settings
from twofold.simulation.world.shape import NOW, Shape
from twofold.simulation.world.world import World, build_world, person_id
from twofold.storage.sql.bulk import BulkEvents, bulk_load
from twofold.storage.url import open_store

DATABASE, BUILT, TRAINED, VIEWERS = "twofold.db", "built.json", "trained.json", "viewers.npz"
SNAPPED = "snapshot.txt"  # the format of the snapshot that is kept
CLIENTS_OF = 7  # beside the seed: digests of client ids are drawn apart from the world


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a kept world: how many people, events and log positions, and how long each part took."""

    people: int
    events: int
    position: int
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class KeptWorld:
    """One world on disk: a data folder as an installation has it, and who may be asked for.

    ``fresh``: it was built in this run.
    """

    shape: Shape
    folder: Path
    built: Built
    fresh: bool

    @property
    def settings(self) -> Settings:
        """Of an installation in the folder."""
        return settings_in(self.folder)

    @property
    def trained(self) -> dict[str, Any] | None:
        """The report of the training whose model serves here; None before."""
        file = self.folder / TRAINED
        document = msgspec.json.decode(file.read_bytes()) if file.exists() else None
        return document["report"] if document is not None and document["stamp"] == _stamp() else None

    def pool(self, unlimited: bool) -> Keys:
        """Keys of active people who look without a limit of distance, or of those with one."""
        with np.load(self.folder / VIEWERS) as kept:
            return np.asarray(kept["unlimited" if unlimited else "limited"], np.int64)

    def viewers(self, seed: int) -> Viewers:
        """Whom to ask for."""
        return Viewers(self.pool(unlimited=False), self.pool(unlimited=True), person_id, np.random.default_rng(seed))

    @contextmanager
    def copy(self) -> Iterator[Settings]:
        """A copy to write to, as settings; removed at the end."""
        with tempfile.TemporaryDirectory(prefix=".running-", dir=self.folder.parent) as folder:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True, copy_function=_copied)
            os.sync()  # or commits that are measured wait for the disk to take the copy
            yield settings_in(Path(folder))


@contextmanager
def nobodys_settings() -> Iterator[None]:
    """TWOFOLD_* out of the environment, for this process and its children: the defaults are what is measured."""
    held = {name: os.environ.pop(name) for name in list(os.environ) if name.upper().startswith("TWOFOLD_")}
    try:
        yield
    finally:
        os.environ.update(held)


def settings_in(folder: Path) -> Settings:
    """The product's defaults on a data folder, whatever the environment says."""
    return Settings(data_dir=folder, database_url=f"sqlite:///{folder / DATABASE}", port=0, auto_train=False)


def cache_folder() -> Path:
    """Where worlds are kept when nobody says another folder."""
    return user_cache_path("twofold") / "worlds"


def kept_world(shape: Shape, keep: Path | None, report: Report) -> KeptWorld:
    """The world of this shape, built if it is not there.

    Raises:
        InvalidInput: there can be no such world.
    """
    shape.check()
    folder = (keep or cache_folder()).absolute() / shape.name
    fresh = not (folder / BUILT).exists()
    if fresh:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as beside:
            _build(shape, Path(beside), report)
            _place(Path(beside), folder)
    return KeptWorld(shape, folder, msgspec.json.decode((folder / BUILT).read_bytes(), type=Built), fresh)


def trained_world(world: KeptWorld, report: Report) -> dict[str, Any]:
    """Train both stages where that has not been done by this release; the report of the training.

    Raises:
        Refused: there is too little to train on.
    """
    if world.trained is not None:
        _snapped(world, report)
        return world.trained
    with tempfile.TemporaryDirectory(prefix=".training-", dir=world.folder.parent) as beside:
        # Aside: a training that is cut short leaves the kept world as it was.
        shutil.copytree(
            world.folder,
            beside,
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("models", "snapshots", TRAINED, SNAPPED),
        )
        settings = settings_in(Path(beside))
        _forget_models(settings)
        made = TrainingService(settings.url, settings.models_dir).train(
            TrainingOrder(as_of="last", seed=world.shape.seed), lambda stage, done: report(f"train: {stage}", done)
        )
        if "ranking" not in made["trained"]:
            raise Refused("too_little", "the world is too small to train both stages on; ask for more --people")
        (Path(beside) / TRAINED).write_bytes(msgspec.json.encode({"stamp": _stamp(), "report": made}))
        shutil.rmtree(world.folder)
        _place(Path(beside), world.folder)
    _snapped(world, report)
    return made


def _snapped(world: KeptWorld, report: Report) -> None:
    """Everyone in files of this release and day, as a training leaves them for servers to start from."""
    if world.built.people <= FEW:
        return
    stamp, settings = world.folder / SNAPPED, world.settings
    with closing(open_store(settings.url)) as store:
        service = snapshots_of(settings, store)
        if stamp.exists() and stamp.read_text() == str(FORMAT):
            if service.snapshots.list()[0].day != day_of(system_clock()):
                report("snapshot: of today", 0.0)
                service.renew()
            return
        shutil.rmtree(settings.snapshots_dir, ignore_errors=True)
        service.make(lambda stage, done: report(f"snapshot: {stage}", done))
    stamp.write_text(str(FORMAT))


def _copied(source: str, target: str) -> str:
    """A copy; of what is never written to again a second name."""
    if Path(source).suffix != ".bin":
        return str(shutil.copy2(source, target))
    os.link(source, target)
    return target


def _stamp() -> str:
    """What a kept model has to have been trained by, to be served again."""
    return f"{__version__} {VERSIONS[Settings.model_fields['features'].default].hash}"


def _forget_models(settings: Settings) -> None:
    """An older release's model must not be the champion that a new one is held against."""
    with closing(sqlite3.connect(settings.data_dir / DATABASE)) as connection, connection:
        for table in ("aliases", "alias_history", "models", "user_features"):
            connection.execute(f"DELETE FROM {table}")


def _build(shape: Shape, folder: Path, report: Report) -> None:
    seconds, start = {}, time.perf_counter()
    report("draw the world", 0.0)
    world = build_world(shape)
    seconds["draw"] = round(time.perf_counter() - start, 2)
    start = time.perf_counter()
    position = bulk_load(
        folder / DATABASE, world.people(), _events(world), NOW, done=lambda done: report("store the world", done)
    )
    seconds["store"] = round(time.perf_counter() - start, 2)
    with (folder / VIEWERS).open("wb") as stream:
        np.savez(stream, limited=world.viewers(unlimited=False), unlimited=world.viewers(unlimited=True))
    built = Built(people=shape.people, events=len(world.deeds), position=position, seconds=seconds)
    (folder / BUILT).write_bytes(msgspec.json.encode(built))


def _events(world: World) -> BulkEvents:
    """The world's events, each with a client id of its own: that is the log that later events have to be told from."""
    deeds, rng = world.deeds, np.random.default_rng([world.shape.seed, CLIENTS_OF])
    client = np.frombuffer(rng.bytes(16 * len(deeds)), np.uint8).reshape(-1, 16)
    return BulkEvents(deeds.actor, deeds.target, deeds.kind, deeds.at, client)


def _place(beside: Path, folder: Path) -> None:
    """The finished folder under its name; when somebody else was quicker, theirs stays."""
    finished = folder.parent / f"{beside.name}-done"
    os.rename(beside, finished)
    beside.mkdir()  # for whoever removes the folder it was built in
    try:
        os.rename(finished, folder)
    except OSError:
        shutil.rmtree(finished)
        if not (folder / BUILT).exists():
            raise
