"""Whether what served saw what training would see: features of lists that were shown, computed again from the log."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats
from twofold.domain.errors import Damaged, NotFound, Refused
from twofold.domain.impression import Impression
from twofold.domain.ports import Store
from twofold.features.brought import Brought
from twofold.features.service import FeatureService
from twofold.features.spec import FEATURES, FeatureVersion, version_of
from twofold.metrics.drift import bin_shares, stability_index
from twofold.metrics.parity import differences
from twofold.models.loaded import LoadedModel
from twofold.models.registry import Registry
from twofold.models.spread import Spread
from twofold.population.population import Population
from twofold.population.replay import replay
from twofold.rankers.heuristic import HeuristicRanker

# Why rows that carry values were not compared.
GONE = "a person of them was erased meanwhile"
NO_VALUES = "no ranker could say anything, so there are no values"
OTHER_WIDTH = "their feature version has other columns in this release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How served values of a feature have moved since training.

    Args:
        mean, scale: mean and standard deviation of the served values that are known; None when none is.
        known: share of them.
        then: the same at training.
        shift: (mean now - mean at training) / standard deviation at training; None without a mean or a deviation.
        psi: population stability index over the training's tenths; None when nothing is known.
    """

    mean: float | None
    scale: float | None
    known: float
    then: Spread
    shift: float | None
    psi: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureFigures:
    """One feature of one model's rows.

    Args:
        differ: rows whose value is another one now, rows touched by an erasure left out.
        largest: the largest difference among these; infinite when only one of the values is known.
        drift: None where the model keeps no spread of the feature.
    """

    name: str
    rows: int
    differ: int
    largest: float
    drift: Drift | None

    @property
    def share(self) -> float:
        """Of the rows, those that differ."""
        return self.differ / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAudit:
    """The rows of one model version and feature version.

    Args:
        rows: compared; ``differ`` of them are not as served, ``touched`` differ too, but somebody was erased since.
    """

    model: str
    features: str
    rows: int
    differ: int
    touched: int
    figures: tuple[FeatureFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureAudit:
    """What an audit found; rows are people on lists that were shown.

    Args:
        looked_at: rows that carry values.
        skipped: rows that could not be compared, by reason.
    """

    looked_at: int
    models: tuple[ModelAudit, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows compared, less those touched by an erasure."""
        return sum(each.rows - each.touched for each in self.models)

    @property
    def differ(self) -> int:
        """Rows that are not as served."""
        return sum(each.differ for each in self.models)

    @property
    def touched(self) -> int:
        """Rows that differ after somebody was erased."""
        return sum(each.touched for each in self.models)

    @property
    def share(self) -> float:
        """Of the rows, those that differ; 0 is right."""
        return self.differ / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows of one model and feature version with the values that were served (m, d)."""

    rows: Sequence[Impression]
    model: LoadedModel | None
    version: FeatureVersion
    served: Floats


class AuditService:
    """Computes features of sampled impressions again, each as of its own moment and log position.

    Args:
        store: holds the impressions and the log.
        registry: loads the models that ranked.

    >>> from pathlib import Path
    >>> from twofold.domain.time import system_clock
    >>> from twofold.storage.memory import MemoryStore
    >>> store = MemoryStore()
    >>> AuditService(store, Registry(store, Path("models"), system_clock)).features(limit=100).looked_at
    0
    """

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store, self._registry = store, registry

    def features(self, limit: int) -> FeatureAudit:
        """Compare up to so many of the latest rows that carry values.

        Raises:
            Unavailable: the store cannot be read.
        """
        sampled = self._store.sampled_impressions(limit)
        if not sampled:
            return FeatureAudit(looked_at=0)
        population = replay(self._store)
        skipped: Counter[str] = Counter()
        audits = [self._audit(population, group) for group in self._groups(sampled, population, skipped)]
        return FeatureAudit(looked_at=len(sampled), models=tuple(audits), skipped=+skipped)

    def _groups(self, sampled: Sequence[Impression], population: Population, skipped: Counter[str]) -> Iterator[_Group]:
        """The rows that can be compared, by model and feature version; the others are counted."""
        by_version: dict[tuple[str, str], list[Impression]] = defaultdict(list)
        for row in sampled:
            if not (population.present(row.viewer) and population.present(row.candidate)):
                skipped[GONE] += 1
            elif row.feature_version is None or not row.features:
                skipped[NO_VALUES] += 1
            else:
                by_version[row.model, row.feature_version].append(row)
        for (name, features), rows in sorted(by_version.items()):
            try:
                model = None if name == HeuristicRanker.version else self._registry.load(name)
                version = version_of(features, model.record.feature_hash if model else None)
            except (NotFound, Damaged, Refused) as error:
                skipped[f"{name}: {error}"] += len(rows)
                continue
            fitting = [row for row in rows if len(row.features or ()) == len(version.names)]
            skipped[OTHER_WIDTH] += len(rows) - len(fitting)
            if fitting:
                yield _Group(fitting, model, version, np.array([row.features for row in fitting], np.float32))

    def _audit(self, population: Population, group: _Group) -> ModelAudit:
        apart = differences(group.served, _again(population, group))
        differ = np.asarray((apart > 0).any(axis=1))
        touched = differ & self._erased_after(group.rows, differ)
        spreads = group.model.spreads if group.model else {}
        kept = apart[~touched]
        figures = tuple(
            FeatureFigures(
                name=name,
                rows=len(kept),
                differ=int((kept[:, place] > 0).sum()),
                largest=float(kept[:, place].max(initial=0.0)),
                drift=_drift(group.served[:, place], spreads[name]) if name in spreads else None,
            )
            for place, name in enumerate(group.version.names)
        )
        return ModelAudit(
            model=group.rows[0].model,
            features=group.version.name,
            rows=len(group.rows),
            differ=int(differ.sum() - touched.sum()),
            touched=int(touched.sum()),
            figures=figures,
        )

    def _erased_after(self, rows: Sequence[Impression], differ: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(m,) whose lists were made before somebody was erased: the log is not what it was then."""
        positions = np.array([row.log_position for row in rows], np.int64)
        if not differ.any():
            return differ
        removals = self._store.changes_after(int(positions[differ].min())).removals
        return positions < max((removal.position for removal in removals), default=-1)


def _again(population: Population, group: _Group) -> Floats:
    """(m, d) the values as the log gives them now; lists that were made discreetly are made so again."""
    again = np.empty_like(group.served)
    discreet = _discreet(group)
    for way in (True, False):
        part = np.flatnonzero(discreet == way)
        rows = [group.rows[place] for place in part.tolist()]
        if rows:
            vectors, lore = (group.model.vectors, group.model.lore) if group.model else (None, None)
            service = FeatureService(population, vectors, discreet=way, lore=lore)
            viewers, candidates, moments, positions = (
                np.array([getattr(row, name) for row in rows], np.int64)
                for name in ("viewer", "candidate", "at", "log_position")
            )
            as_of = AsOf(moments, positions)
            again[part] = service.values(viewers, candidates, as_of, group.version.name, _brought(rows))
    return again


def _discreet(group: _Group) -> NDArray[np.bool_]:
    """(m,) whether the row leaves out all that tells of the candidate's acts towards the viewer.

    Told by the values: the setting may have changed, and some of these are never unknown otherwise.
    """
    telling = [place for place, name in enumerate(group.version.names) if FEATURES[name].tells]
    if not telling:
        return np.zeros(len(group.rows), bool)
    return np.asarray(np.isnan(group.served[:, telling]).all(axis=1))


def _brought(rows: Sequence[Impression]) -> Brought:
    names = sorted({name for row in rows for name in row.sources})
    return {name: np.array([name in row.sources for row in rows], np.float32) for name in names}


def _drift(served: Floats, then: Spread) -> Drift:
    values = served[np.isfinite(served)].astype(np.float64)
    known = len(values) / max(len(served), 1)
    if not len(values):
        return Drift(mean=None, scale=None, known=known, then=then, shift=None, psi=None)
    mean = float(values.mean())
    return Drift(
        mean=mean,
        scale=float(values.std()),
        known=known,
        then=then,
        shift=(mean - then.mean) / then.scale if then.scale > 0 else None,
        psi=stability_index(then.shares, bin_shares(values, then.edges)),
    )
