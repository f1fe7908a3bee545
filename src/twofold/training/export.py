"""The rows the ranker would learn from, written out: the same steps as training, up to the fit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twofold.domain.errors import Refused
from twofold.domain.ports import Store
from twofold.domain.time import Clock, Micros
from twofold.features.spec import VERSIONS
from twofold.training.course import Course, Progress
from twofold.training.early import Early
from twofold.training.material import Material
from twofold.training.parquet import TrainingSetFile
from twofold.training.ranking import NotEnough, Reader, ranker_rows
from twofold.training.recipe import Recipe
from twofold.training.rows import Rows

# Rows of a group: about 10 MB of v2's features are in memory at once, and readers get groups of a usual size.
GROUP = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """The result of one export; columns are as `twofold.training.parquet.TrainingSetFile` has them.

    Args:
        rows: how many were written, and of what.
        seconds: per stage.
    """

    path: Path
    metadata: dict[str, Any]
    rows: dict[str, int]
    seconds: dict[str, float]

    def to_document(self) -> dict[str, Any]:
        """As JSON."""
        return {"path": str(self.path), "metadata": self.metadata, "rows": self.rows, "seconds": self.seconds}


def export(
    store: Store,
    path: Path,
    *,
    as_of: Micros | None,
    clock: Clock,
    recipe: Recipe,
    progress: Progress,
    threads: int = 0,
) -> ExportReport:
    """Write the rows that a training with the same arguments would fit its ranker on.

    Args:
        path: of the Parquet file.
        as_of, clock, recipe, progress, threads: as in `training.run.train`.

    Raises:
        InvalidInput: pyarrow is not installed, or the path cannot be a file.
        Refused: code ``not_enough``: there are too few decisions, or all have one time.
        Unavailable: the store or the file cannot be used.
    """
    run = Course(recipe.seed, threads, progress)
    with TrainingSetFile(path) as file:
        material = Material.read(run, store, clock() if as_of is None else as_of)
        early, lore = material.early(run, recipe)
        try:
            rows = ranker_rows(recipe, material, early)
        except NotEnough as why:
            raise Refused("not_enough", f"there is no training set: {why}") from why
        run.rows |= {"rows": len(rows), "of_lists_shown": rows.shown}
        run.stage("features")
        reader = Reader(material.population, VERSIONS[recipe.features], early.vectors, lore)
        metadata = _metadata(recipe, material, early, rows)
        file.begin(material.population.columns.ids(), reader.version.names, metadata)
        for start in range(0, len(rows), GROUP):
            group = rows.take(slice(start, start + GROUP))
            file.write(group, reader.features(group))
            run.done(min(start + GROUP, len(rows)) / len(rows))
    run.stage("")
    return ExportReport(path=path, metadata=metadata, rows=run.rows, seconds=run.seconds)


def _metadata(recipe: Recipe, material: Material, early: Early, rows: Rows) -> dict[str, Any]:
    version = VERSIONS[recipe.features]
    return {
        "rows": len(rows),
        "feature_version": version.name,
        "feature_hash": version.hash,
        "recipe": recipe.to_document(),
        "as_of": material.moment,
        "log_position": material.population.position,
        "early_until": early.cut,
    }
