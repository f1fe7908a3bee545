"""The relevance head: whom a viewer will come to like in the next time, whether or not a list shows them.

P(like) is learnt from decisions, so it knows what is decided once two people meet and not who will meet. Where most
decisions answer no list of ours (people meet by searching, trading, or another service), that is half of the question.
This head answers it, from snapshots of earlier moments: who was liked in the time after, of all who could have been.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Floats, Keys
from twofold.domain.time import LATEST, Micros
from twofold.features.service import FeatureService
from twofold.features.spec import VERSIONS
from twofold.filters.limits import LimitsFilter
from twofold.metrics.lists import recall_at
from twofold.models.tastes import Tastes
from twofold.models.vectors import Vectors
from twofold.pipeline.mixing import mixed
from twofold.pipeline.query import Query
from twofold.pipeline.stages import Ranker
from twofold.policies.settled import AlreadyDecided
from twofold.population.population import Population
from twofold.population.standing import standing
from twofold.rankers.logistic import LogisticParameters
from twofold.sources.admirers import AdmirersSource
from twofold.sources.friends import FriendsSource
from twofold.sources.popular import PopularSource
from twofold.training.course import Course
from twofold.training.decisions import Decisions
from twofold.training.ranking import Ranking, Reader

FEATURES = "r1"
# The likes from this share on are cut into so many times. Each of the last few tells how to mix, by a head and a ranker
# of what was before it; all of them teach the head that is kept.
FROM, WINDOWS, JUDGES = 0.3, 7, 3
# Of each window; where decisions are many every window has enough of everything, and a sample of it says as much.
MOST_VIEWERS, FEWER_VIEWERS, MANY_DECISIONS = 300, 60, 200_000
POOL = 100
K = 20
# Two dozen features, many of them of one thing: chosen of 0.01 and 1 on later windows of bitcoin-otc.
C = 0.01
FEWEST_VIEWERS = 20
# Share of P in the logarithm of the score, tried in this order: the first of equals is kept.
SHARES = (1.0, 0.5, 0.25, 0.0)

Score = Callable[[Doubles, Doubles], Doubles]
VectorsBefore = Callable[[int], Vectors | None]


@dataclass(frozen=True, slots=True)
class Relevance:
    """A fitted head, and how much of the score stays with the probabilities.

    ``share`` 1 leaves the head out; the metrics tell what each share found in the last windows.
    """

    parameters: LogisticParameters
    share: float
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """One viewer at the beginning of one window: a pool of people, who of them was liked in it, and which of these
    likes is mutual, sooner or later."""

    viewer: int
    pool: Keys
    liked: Keys
    mutual: Keys
    as_of: AsOf


@dataclass(frozen=True, slots=True)
class _Window:
    """The viewers of one time, seen at its beginning: snapshots, and features, labels and weights of each."""

    start: Micros
    service: FeatureService
    population: Population
    snapshots: list[_Snapshot]
    rows: list[tuple[Floats, Doubles, Doubles]]

    @classmethod
    def of(cls, reader: Reader, likes: Decisions, rng: np.random.Generator, most: int) -> _Window:
        service = FeatureService(reader.population, reader.vectors, lore=reader.lore)
        snapshots = _snapshots(reader, likes, rng, most)
        return cls(
            Micros(int(likes.at[0])), service, reader.population, snapshots, [_rows(service, one) for one in snapshots]
        )


def fit_relevance(
    run: Course, reader: Reader, ranking: Ranking, decisions: Decisions, utility: Score, vectors_before: VectorsBefore
) -> Relevance | None:
    """Choose the head's share on the last windows, each judged by what was before it, and fit the head on all.

    Args:
        reader: what was counted by label in the early part, before all windows.
        ranking: whose probabilities are mixed in.
        decisions: all, in the order of time.
        utility: combines the two directions.
        vectors_before: gives vectors that have seen nothing at or after a moment.

    Returns:
        None where there are too few viewers to choose anything by.
    """
    rng = np.random.default_rng(run.seed)
    parts, most = _parts(decisions), MOST_VIEWERS if len(decisions) < MANY_DECISIONS else FEWER_VIEWERS
    windows = []
    for place, part in enumerate(parts):
        there = replace(reader, vectors=vectors_before(int(part.at[0])))
        windows.append(_Window.of(there, part, rng, most))
        run.done(0.8 * (place + 1) / len(parts))
    run.rows["relevance_viewers"] = sum(len(each.snapshots) for each in windows)
    found = _judged(windows, ranking, utility)
    if len(found[1.0]) < FEWEST_VIEWERS:
        return None
    share = choose_share(found)
    metrics = {f"recall_at_20_share_{each:g}": float(values.mean()) for each, values in found.items()}
    return Relevance(_fit(windows), share, {**metrics, "relevance_share": 1 - share})


def _judged(windows: Sequence[_Window], ranking: Ranking, utility: Score) -> dict[float, Doubles]:
    """For each share what the lists of the last windows found, each made by what was before its window."""
    found: dict[float, list[Doubles]] = {share: [] for share in SHARES}
    for last in range(max(len(windows) - JUDGES, 0), len(windows)):
        window, earlier = windows[last], windows[:last]
        enough = sum(len(each.snapshots) for each in earlier) >= FEWEST_VIEWERS
        ranker = ranking.before(window.start) if enough else None
        if ranker is not None:
            head = _fit(earlier).ranker("head", FEATURES)
            for share, values in _found(window, head, ranking, ranker, utility).items():
                found[share].append(values)
    return {share: np.concatenate([np.empty(0), *values]) for share, values in found.items()}


def choose_share(found: Mapping[float, Doubles]) -> float:
    """The share that finds most; 1, which leaves the head out, unless the head finds more by over one standard error.

    Args:
        found: per share what each viewer's list found, viewers in one order; equal means go to the larger share.

    >>> choose_share({1.0: np.array([0.0, 0.1]), 0.5: np.array([0.3, 0.4]), 0.0: np.array([0.3, 0.41])})
    0.0
    >>> choose_share({1.0: np.array([0.1, 0.0, 0.1]), 0.0: np.array([0.0, 0.4, 0.0])})
    1.0
    """
    best = max(found, key=lambda each: (found[each].mean(), each))
    gain = found[best] - found[1.0]
    return best if gain.mean() > gain.std() / np.sqrt(len(gain)) else 1.0


def _parts(decisions: Decisions) -> list[Decisions]:
    """Equal parts of the later likes, cut between moments."""
    likes = decisions.take(decisions.label == 1)
    cuts = [likes.cut(FROM + (1 - FROM) * number / WINDOWS) for number in range(WINDOWS)]
    moments = sorted({cut for cut in cuts if cut is not None})
    if not moments:
        return []
    bounds = [*moments, int(likes.at[-1]) + 1]
    parts = [likes.since(start).before(end) for start, end in pairwise(bounds)]
    return [each for each in parts if len(each)]


def _snapshots(reader: Reader, likes: Decisions, rng: np.random.Generator, most: int) -> list[_Snapshot]:
    """A sample of the viewers who liked somebody in a window, at its beginning."""
    population, start = reader.population, int(likes.at[0])
    as_of, ever = AsOf.at(start), AsOf.at(LATEST)
    viewers = rng.permutation(np.unique(likes.actor))[: 2 * most]
    known = population.given.counters(viewers, as_of).decisions > 0
    found: list[_Snapshot] = []
    for viewer in viewers[known][:most].tolist():
        eligible = _eligible(population, viewer, as_of)
        liked = np.intersect1d(likes.target[likes.actor == viewer], eligible)
        if len(liked):
            mutual = liked[standing(population, liked, np.array([viewer]), ever).liked]
            found.append(_Snapshot(viewer, _pool(reader, viewer, eligible, as_of, rng), liked, mutual, as_of))
    return found


def _eligible(population: Population, viewer: int, as_of: AsOf) -> Keys:
    """Whom the viewer could have been shown at a moment: known by then, within both sides' limits, not decided on.

    Accounts that have been switched off since are left out: nobody will be shown them.
    """
    perhaps = population.reach(viewer, int(as_of.moments[0])).keys
    there = population.columns.active[perhaps] & (population.crowd(as_of).degrees[perhaps] > 0)
    keys = perhaps[there & (perhaps != viewer)]
    decided = population.given.latest(np.array([viewer]), as_of).other
    keys = keys[~np.isin(keys, decided)]
    query = _query(viewer, as_of, np.random.default_rng(0))
    return np.asarray(keys[LimitsFilter(population).judge(query, keys) == 0])


def _pool(reader: Reader, viewer: int, eligible: Keys, as_of: AsOf, rng: np.random.Generator) -> Keys:
    """People that the sources would bring."""
    population, query = reader.population, _query(viewer, as_of, rng)
    parts = [
        source(population).candidates(query, eligible, POOL).keys
        for source in (AdmirersSource, PopularSource, FriendsSource)
    ]
    parts += [_by_taste(reader, viewer, eligible, as_of), rng.choice(eligible, min(POOL, len(eligible)), replace=False)]
    return np.unique(np.concatenate(parts))


def _by_taste(reader: Reader, viewer: int, eligible: Keys, as_of: AsOf) -> Keys:
    if reader.vectors is None:
        return np.empty(0, np.int64)
    tastes = Tastes(reader.population, reader.vectors)
    mine = tastes.viewers(np.array([viewer]), as_of)
    theirs = tastes.candidates(eligible)
    if not mine.known[0] or not theirs.known.any():
        return np.empty(0, np.int64)
    products = np.where(theirs.known, theirs.rows @ mine.rows[0], -np.inf)
    return np.asarray(eligible[np.argsort(-products, kind="stable")[:POOL]])


def _rows(service: FeatureService, one: _Snapshot) -> tuple[Floats, Doubles, Doubles]:
    """Features, labels and weights: everyone liked and the rest of the pool; of many likes each counts less."""
    keys = np.concatenate([one.liked, np.setdiff1d(one.pool, one.liked)])
    features = service.values(np.array([one.viewer]), keys, one.as_of, FEATURES)
    labels = (np.arange(len(keys)) < len(one.liked)).astype(np.float64)
    return features, labels, np.full(len(keys), 1 / np.sqrt(min(K, len(one.liked))))


def _fit(windows: Sequence[_Window]) -> LogisticParameters:
    rows = (one for each in windows for one in each.rows)
    features, labels, weights = (np.concatenate(column) for column in zip(*rows, strict=True))
    columns = features.astype(np.float64)
    columns[:, np.isnan(columns).all(axis=0)] = 0.0
    scaler = StandardScaler().fit(columns)
    standard = np.nan_to_num(scaler.transform(columns), nan=0.0)
    model = LogisticRegression(C=C, solver="newton-cholesky", max_iter=1_000).fit(standard, labels, weights)
    mean, scale, coefficients = (
        tuple(float(value) for value in column) for column in (scaler.mean_, scaler.scale_, model.coef_[0])
    )
    return LogisticParameters(VERSIONS[FEATURES].names, mean, scale, coefficients, float(model.intercept_[0]))


def _found(window: _Window, head: Ranker, ranking: Ranking, ranker: Ranker, utility: Score) -> dict[float, Doubles]:
    """For each share what each viewer's list found: Recall@20 of likes, and of those that are mutual, half each."""
    service, settled = window.service, AlreadyDecided(window.population)
    recalls: dict[float, list[float]] = {share: [] for share in SHARES}
    for one in window.snapshots:
        pairs, version = service.read(one.viewer, one.pool, one.as_of), ranking.features.name
        there, back = pairs.values(version), pairs.turned(version)
        known = settled(_query(one.viewer, one.as_of, np.random.default_rng(0)), one.pool)
        returned = np.where(np.isnan(known), ranking.back.apply(ranker.predict(back)), known)
        score = utility(ranking.there.apply(ranker.predict(there)), returned)
        relevant = head.predict(pairs.values(FEATURES))
        wanted, mutual = set(one.liked.tolist()), set(one.mutual.tolist())
        for share in SHARES:
            listed = one.pool[np.argsort(-mixed(score, relevant, share), kind="stable")[:K]].tolist()
            likes = recall_at(listed, wanted, K)
            recalls[share].append((likes + recall_at(listed, mutual, K)) / 2 if mutual else likes)
    return {share: np.array(values) for share, values in recalls.items()}


def _query(viewer: int, as_of: AsOf, rng: np.random.Generator) -> Query:
    return Query(request_id="snapshot", viewer=viewer, as_of=Micros(int(as_of.moments[0])), limit=K, rng=rng)
