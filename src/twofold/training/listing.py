"""How the vectors of very many people are kept for search, chosen and measured when they are fitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import faiss
import numpy as np

from twofold.domain.candidate import Floats, Keys
from twofold.models.artifact import JSON, Array
from twofold.models.index import VectorIndex
from twofold.models.kindred import Clusters, Kindred, unit_rows
from twofold.models.lists import ListNumbers
from twofold.models.loaded import CELLS, CENTRES, CLUSTERS, PROBES, RECALL
from twofold.models.vectors import Vectors
from twofold.population.columns import UNKNOWN, PeopleColumns
from twofold.population.population import Population
from twofold.population.tiles import BANDS, MOST_TILES, bands_of, tiles_of
from twofold.training.course import Course

# Up to so many people exact search costs less than a millisecond.
EXACT_UP_TO = 50_000
PER_CLUSTER = 1_000  # people, about
SAMPLED = 48  # people a cluster's centre is drawn from
ROUNDS = 8  # of k-means
# The fewest probes that find so many of a viewer's nearest people; some of them are all that is lost.
KINDRED_RECALL, KINDRED = 0.95, 50
PROBED = (4, 8, 16, 32, 64)
MEASURED, DEEP = 200, 100  # viewers, and places of the list whose recall is told


@dataclass(frozen=True, slots=True)
class Listing:
    """What is kept beside the vectors; nothing where exact search will do."""

    arrays: dict[str, Array] = field(default_factory=dict)
    document: dict[str, JSON] = field(default_factory=dict)

    @property
    def metrics(self) -> dict[str, float]:
        """The recalls, for the registry."""
        return {f"index_{name}": value for name, value in self.document.items() if isinstance(value, float)}


def list_vectors(run: Course, vectors: Vectors, population: Population, moment: int) -> Listing:
    """Choose lists for both searches and measure what they find, against exact search."""
    if int(vectors.has_candidate.sum()) <= EXACT_UP_TO:
        return Listing()
    run.stage("index")
    rng = np.random.default_rng(run.seed)
    known = np.flatnonzero(vectors.has_viewer & population.columns.active[: len(vectors.has_viewer)])
    viewers = rng.permutation(known)[:MEASURED]
    cells = cells_of(population.columns, len(vectors.candidates))
    run.done(0.1)
    eligible = {viewer: population.reach(viewer, moment).keys for viewer in viewers.tolist()}
    taste = recall_among(vectors, VectorIndex.build(vectors.candidates, vectors.has_candidate, cells), eligible)
    run.done(0.3)
    clusters = cluster(vectors, run.seed)
    run.done(0.8)
    clusters, kindred = _enough_probes(vectors, clusters, viewers)
    return Listing(
        {CELLS: cells, CLUSTERS: clusters.lists, CENTRES: clusters.centres},
        {f"{CELLS}_{RECALL}": taste, f"{CLUSTERS}_{RECALL}": kindred, PROBES: clusters.probes},
    )


def cells_of(columns: PeopleColumns, people: int) -> ListNumbers:
    """(people,) the same number for people of one gender in one tile; those of no known place have one together."""
    keys = np.arange(min(people, len(columns.present)))
    lat, lon = columns.lat[keys], columns.lon[keys]
    placed = ~(np.isnan(lat) | np.isnan(lon))
    band = bands_of(np.where(placed, lat, 0))
    tile = band * MOST_TILES + tiles_of(np.where(placed, lon, 0), band)
    number = (columns.gender[keys].astype(np.int64) - UNKNOWN) * (BANDS * MOST_TILES + 1) + np.where(placed, tile, -1)
    found = np.zeros(people, np.int32)
    found[keys] = np.unique(number, return_inverse=True)[1]
    return found


def cluster(vectors: Vectors, seed: int) -> Clusters:
    """Groups of people of like taste, by spherical k-means on a sample."""
    keys = np.flatnonzero(vectors.has_viewer)
    rows = unit_rows(vectors.viewers)
    groups = max(len(keys) // PER_CLUSTER, 1)
    rng = np.random.default_rng(seed)
    sample = rows[np.sort(rng.permutation(keys)[: groups * SAMPLED])]
    means = faiss.Kmeans(rows.shape[1], groups, niter=ROUNDS, seed=seed, spherical=True, gpu=False)
    means.train(sample)
    centres = np.asarray(means.centroids, np.float32)
    return Clusters(_nearest_centre(rows, centres), centres, PROBED[0])


def recall_among(vectors: Vectors, index: VectorIndex, eligible: dict[int, Keys]) -> float:
    """Share of the 100 best among those eligible that the index finds, the mean over viewers."""

    def found(viewer: int) -> Keys:
        return index.search(vectors.viewers[viewer], eligible[viewer], DEEP)[0]

    def exact(viewer: int) -> tuple[Keys, Floats]:
        keys = eligible[viewer][vectors.knows_candidates(eligible[viewer])]
        return keys, vectors.candidates[keys] @ vectors.viewers[viewer]

    return _recall(list(eligible), found, exact, DEEP)


def _enough_probes(vectors: Vectors, clusters: Clusters, viewers: Keys) -> tuple[Clusters, float]:
    """The clusters with the fewest probes that find enough, and how much that is."""
    rows, everyone = unit_rows(vectors.viewers), np.flatnonzero(vectors.has_viewer)
    theirs = rows[everyone]
    products = {viewer: theirs @ rows[viewer] for viewer in viewers.tolist()}
    kindred = Kindred.build(vectors.viewers, vectors.has_viewer, clusters)

    def recall_of(index: Kindred) -> float:
        return _recall(
            list(products),
            lambda viewer: index.nearest(vectors.viewers[viewer], KINDRED)[0],
            lambda viewer: (everyone, products[viewer]),
            KINDRED,
        )

    recall = 0.0
    for probes in PROBED:
        clusters, recall = replace(clusters, probes=probes), recall_of(kindred.probing(probes))
        if recall >= KINDRED_RECALL:
            break
    return clusters, recall


def _recall(
    viewers: list[int], found: Callable[[int], Keys], exact: Callable[[int], tuple[Keys, Floats]], k: int
) -> float:
    """Mean share of the k best that is found; whoever is as near as the last of them will do."""
    shares = []
    for viewer in viewers:
        keys, products = exact(viewer)
        if not len(keys):
            continue
        wanted = min(k, len(keys))
        least = np.partition(products, len(keys) - wanted)[len(keys) - wanted]
        enough = products[np.searchsorted(keys, found(viewer))] >= least - 1e-5 * max(1.0, abs(float(least)))
        shares.append(min(int(enough.sum()), wanted) / wanted)
    return float(np.mean(shares)) if shares else 1.0


def _nearest_centre(rows: Floats, centres: Floats, at_once: int = 20_000) -> ListNumbers:
    found = np.empty(len(rows), np.int32)
    for start in range(0, len(rows), at_once):
        part = slice(start, start + at_once)
        found[part] = np.argmax(rows[part] @ centres.T, axis=1)
    return found
