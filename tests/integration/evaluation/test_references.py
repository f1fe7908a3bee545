"""The baselines give the reference figures of the public sets, within noise: the protocol is that of the figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from twofold.domain.person import Admission
from twofold.domain.time import MICROS_PER_DAY, Micros, system_clock
from twofold.evaluation.baselines.collaborative import factors_of
from twofold.evaluation.baselines.contract import Baseline, Past
from twofold.evaluation.baselines.directions import harmonic, one_sided
from twofold.evaluation.baselines.friends import FriendsOfFriends
from twofold.evaluation.baselines.popularity import IncomingFirst, Popularity
from twofold.evaluation.baselines.rates import FourRates, ReceivedRate
from twofold.evaluation.data import Data, decisions_of, likes_of
from twofold.evaluation.datasets.catalog import prepare
from twofold.evaluation.datasets.half_evenings import HALF, prepare_half_evenings
from twofold.evaluation.lists import lister_of, make_lists, quality
from twofold.evaluation.split import TEST_FROM, VALIDATE_FROM, labels, place_of, split_at, split_by_time
from twofold.evaluation.targets import Targets, targets_of
from twofold.metrics.lists import ndcg_at
from twofold.metrics.probability import auc, log_loss
from twofold.services.imports.importing import ImportEvents, ImportPeople
from twofold.storage.memory import MemoryStore

PUBLIC = Path(__file__).parents[3].parent / "shared" / "data"
NOISE = 0.012  # single runs with other ties and other fits

pytestmark = pytest.mark.skipif(
    not PUBLIC.is_dir(), reason="the public data sets are not beside the checkout (../shared/data)"
)


def imported(people: Path, events: Path, folder: Path) -> MemoryStore:
    store, admission = MemoryStore(), Admission(age_unknown=True)
    ImportPeople(store, system_clock, admission).run(people, rejects=folder / "p.csv")
    ImportEvents(store, system_clock, admission).run(events, rejects=folder / "e.csv")
    return store


@pytest.fixture(scope="module")
def bitcoin(tmp_path_factory: pytest.TempPathFactory) -> Data:
    folder = tmp_path_factory.mktemp("bitcoin")
    written = prepare("bitcoin-otc", PUBLIC, folder)
    return Data.read("bitcoin-otc", imported(written.people_path, written.events_path, folder))


@pytest.fixture(scope="module")
def lists(bitcoin: Data) -> tuple[Past, Targets]:
    likes = likes_of(decisions_of(bitcoin.events))
    split = split_at(bitcoin.events, place_of(likes, VALIDATE_FROM), place_of(likes, TEST_FROM))
    there = bitcoin.there_from < split.cut
    everyone = np.flatnonzero(there)
    past = Past(split.past, bitcoin.people, split.cut)

    def eligible(viewer: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.setdiff1d(everyone, np.append(split.past.target[split.past.actor == viewer], viewer))

    return past, targets_of(split, bitcoin.people, eligible, there, np.random.default_rng(0))


def test_bitcoin_has_as_many_viewers_as_the_reference(lists: tuple[Past, Targets]) -> None:
    assert len(lists[1]) == pytest.approx(434, abs=10)
    assert sum(map(len, lists[1].relevant)) == pytest.approx(2_912, abs=60)


@pytest.mark.parametrize(
    ("build", "recall", "mutual"),
    [
        (Popularity, 0.195, 0.192),
        (lambda past: Popularity(past, recent=True), 0.267, 0.271),
        (lambda past: Popularity(past, half_life=30.0 * MICROS_PER_DAY), 0.338, 0.339),
        (lambda past: IncomingFirst(past, Popularity(past, recent=True)), 0.286, 0.302),
        (FriendsOfFriends, 0.203, 0.194),
    ],
    ids=["popularity", "recent", "half-life", "incoming first", "friends of friends"],
)
def test_lists_on_bitcoin(
    build: Callable[[Past], Baseline], recall: float, mutual: float, lists: tuple[Past, Targets]
) -> None:
    found = measured(build(lists[0]), lists[1])
    assert found == pytest.approx((recall, mutual), abs=NOISE)


def test_factors_on_bitcoin(lists: tuple[Past, Targets]) -> None:
    """Another fit than the reference's: not below it, and both directions beat one."""
    alone, both, product = (measured(each, lists[1])[0] for each in factors_of(lists[0], seed=0))
    assert alone > 0.143 - NOISE
    assert product > 0.182 - NOISE
    assert min(both, product) > alone


def measured(baseline: Baseline, targets: Targets) -> tuple[float, float]:
    shown = make_lists(lister_of(baseline, np.random.default_rng(0)), targets)
    found = quality(shown, np.random.default_rng(0))
    return found["recall_at_20"].value, found["mutual_recall_at_20"].value


@pytest.mark.parametrize(("days", "area", "loss"), [(0, 0.866, 0.305), (1, 0.813, 0.347)])
def test_four_rates_on_bitcoin(days: int, area: float, loss: float, bitcoin: Data) -> None:
    split = split_by_time(bitcoin.events)
    rates = FourRates(decisions_of(bitcoin.events), split.base_rate)
    rates.fit(split.past, split.past.at - days * MICROS_PER_DAY, int(split.cut))
    future = split.future
    said = rates.predict(future.actor, future.target, future.at - days * MICROS_PER_DAY)
    assert (auc(labels(future), said), log_loss(labels(future), said)) == pytest.approx((area, loss), abs=NOISE)


def test_rates_on_speed_dating(tmp_path: Path) -> None:
    evenings = prepare_half_evenings(PUBLIC, tmp_path)
    store = imported(evenings.written.people_path, evenings.written.events_path, tmp_path)
    data = Data.read("speed-dating", store)
    split = split_at(data.events, HALF, HALF)
    keys = store.keys_of(list(evenings.waves))
    wave = np.zeros(data.people, np.int64)
    wave[[keys[id_] for id_ in evenings.waves]] = list(evenings.waves.values())
    assert len(split.future) == 4_274
    assert labels(split.future).mean() == pytest.approx(0.412, abs=0.001)
    four, back = folds(FourRates, data, wave)
    received, _ = folds(ReceivedRate, data, wave)
    truth = labels(split.future)
    assert (auc(truth, four), log_loss(truth, four)) == pytest.approx((0.788, 0.544), abs=0.005)
    assert (auc(truth, received), log_loss(truth, received)) == pytest.approx((0.681, 0.628), abs=0.005)
    assert matches(data, harmonic(four, back)) == pytest.approx(0.646, abs=NOISE)
    assert matches(data, one_sided(received, back)) == pytest.approx(0.577, abs=NOISE)


def folds(
    kind: type[FourRates], data: Data, wave: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Both directions of the later decisions, each by a model of other evenings."""
    split = split_at(data.events, HALF, HALF)
    future = split.future
    there, back = np.zeros(len(future)), np.zeros(len(future))
    for fold in range(7):
        here = wave[future.actor] % 7 == fold
        moments = np.full(int((~here).sum()), HALF, np.int64)
        rates = kind(decisions_of(data.events), split.base_rate).fit(future.take(~here), moments, int(HALF))
        now = np.full(int(here.sum()), HALF, np.int64)
        there[here] = rates.predict(future.actor[here], future.target[here], now)
        back[here] = rates.predict(future.target[here], future.actor[here], now)
    return there, back


def matches(data: Data, scores: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Match NDCG@5 of each viewer's own later people."""
    future = split_at(data.events, HALF, Micros(HALF)).future
    liked = {(a, b) for a, b, y in zip(future.actor.tolist(), future.target.tolist(), labels(future), strict=True) if y}
    rng, found = np.random.default_rng(0), []
    for viewer in np.unique(future.actor).tolist():
        places = rng.permutation(np.flatnonzero(future.actor == viewer))
        ranked = future.target[places[np.argsort(-scores[places], kind="stable")]].tolist()
        both = {key for key in ranked if (viewer, key) in liked and (key, viewer) in liked}
        if both:
            found.append(ndcg_at(ranked, both, 5))
    return float(np.mean(found))
