"""A training from beginning to end: what it makes of plenty, of little, and of odd data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twofold.bootstrap import rankers_of
from twofold.domain.changes import EventBatch
from twofold.domain.errors import Unavailable
from twofold.domain.event import EventKind
from twofold.domain.impression import Impression
from twofold.domain.model import ModelType
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.features.spec import VERSIONS
from twofold.models.registry import Registry
from twofold.storage.memory import MemoryStore
from twofold.training.recipe import Recipe
from twofold.training.report import TrainingReport
from twofold.training.run import train

NOW = Micros(20_500 * MICROS_PER_DAY)
LIKE, DISLIKE = int(EventKind.LIKE), int(EventKind.DISLIKE)


@dataclass
class Town:
    """A store, a folder, and a way to train."""

    root: Path
    store: MemoryStore = field(default_factory=MemoryStore)
    said: list[tuple[str, float]] = field(default_factory=list)
    _ticks: Callable[[], int] = field(default_factory=lambda: count(NOW).__next__)

    def live_in(self, people: int) -> None:
        self.store.put_people([(Person(id=f"p{number}"), True) for number in range(people)], NOW)

    def decide(self, rows: list[tuple[int, int, int, int]]) -> None:
        actor, target, kind, at = (list(column) for column in zip(*rows, strict=True))
        self.store.append_events(EventBatch(actor, target, kind, at, [None] * len(rows)), NOW)

    def train(self, as_of: Micros | None = None, seed: int = 0, **recipe: Any) -> TrainingReport:
        return train(
            self.store,
            self.root,
            as_of=as_of,
            clock=lambda: Micros(self._ticks()),
            recipe=Recipe(seed=seed, **recipe),
            progress=lambda stage, done: self.said.append((stage, done)),
            threads=1,
        )

    @property
    def registry(self) -> Registry:
        return Registry(self.store, self.root, lambda: NOW)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "models")


Kind = Callable[[int, int], int]


def camps(actor: int, target: int) -> int:
    """Likes the own camp; whoever decides little is liked more, so that features tell something."""
    return LIKE if actor % 2 == target % 2 and target % 3 else DISLIKE


def rows(
    number: int, people: int, kind: Kind = camps, minutes: int = 7, seed: int = 0
) -> list[tuple[int, int, int, int]]:
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(people * people)
    chosen = [(int(pair) // people, int(pair) % people) for pair in pairs if pair // people != pair % people][:number]
    start = NOW - number * minutes * 60_000_000 - 1
    return [(a, b, kind(a, b), start + place * minutes * 60_000_000) for place, (a, b) in enumerate(chosen)]


def why(report: TrainingReport, what: str) -> str:
    return dict(report.skipped)[what]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_plenty_trains_both_stages_and_serves(town: Town, version: str) -> None:
    town.live_in(80)
    town.decide(rows(2_000, 80))
    report = town.train(features=version)
    assert report.trained == ("collaborative", "ranking")
    assert report.skipped == ()
    assert report.promoted
    record = town.registry.champion()
    assert record is not None
    assert record.version == report.version
    assert record.type is ModelType.LOGISTIC
    assert (record.feature_version, record.feature_hash) == (version, VERSIONS[version].hash)
    assert set(record.coefficients) == set(VERSIONS[version].names)
    assert record.log_position == town.store.head()
    assert record.metrics == report.metrics
    assert {"auc", "log_loss", "base_log_loss", "ece", "dislike_average_precision", "recall_at_20"} <= set(
        report.metrics
    )
    assert report.rows["decisions"] == 2_000
    assert [report.rows[part] for part in ("ranker_rows", "fitted", "calibrated", "hold_out")] == [1_000, 600, 200, 200]
    assert "level_shift" in report.metrics
    shifted = {name.removeprefix("shift_") for name in report.metrics if name.startswith("shift_")}
    assert shifted <= set(VERSIONS[version].names)
    assert shifted & {"embedding_norm", "taste"}, "what is drawn from vectors differs from fit to fit, and is told"
    assert report.metrics["recall_at_20"] > report.metrics["popularity_recall_at_20"]
    model = town.registry.load(record.version)
    assert model.vectors is not None
    assert Recipe.from_document(dict(model.recipe)) == Recipe(features=version)  # type: ignore[arg-type]
    for ranker in rankers_of(model):
        assert ranker is not None
        assert ranker.calibrated
        assert 0 < ranker.predict(np.full((1, len(VERSIONS[version].names)), np.nan, np.float32))[0] < 1


def test_progress_is_told_stage_by_stage(town: Town) -> None:
    town.live_in(80)
    town.decide(rows(2_000, 80))
    report = town.train()
    stages = list(dict.fromkeys(stage for stage, _ in town.said))
    assert stages == ["read", "early", "collaborative", "features", "ranking", "relevance", "write"]
    assert set(report.seconds) == set(stages)
    for stage in stages:
        done = [share for name, share in town.said if name == stage]
        assert (done[0], done[-1]) == (0.0, 1.0)
        assert done == sorted(done)


def test_equal_seeds_give_equal_files(town: Town) -> None:
    town.live_in(60)
    town.decide(rows(1_500, 60))
    first, second, third = town.train(NOW), town.train(NOW), town.train(NOW, seed=1)
    digests = [town.registry.get(report.version or "").digest for report in (first, second, third)]
    assert digests[0] == digests[1] != digests[2]


def test_the_first_promotes_itself_and_later_ones_wait(town: Town) -> None:
    town.live_in(60)
    log = rows(1_500, 60)
    town.decide(log[:500])
    collaborative = town.train()
    assert (collaborative.trained, collaborative.promoted) == (("collaborative",), True)
    assert not town.train().promoted
    town.decide(log[500:])
    ranking = town.train()
    assert (ranking.trained, ranking.promoted) == (("collaborative", "ranking"), True)
    later = town.train()
    assert not later.promoted
    champion, candidate = town.registry.champion(), town.registry.candidate()
    assert champion is not None
    assert candidate is not None
    assert (champion.version, candidate.version) == (ranking.version, later.version)
    assert town.registry.rollback().version == collaborative.version


def test_nothing_at_or_after_the_moment_is_learned(town: Town) -> None:
    town.live_in(60)
    log = rows(1_600, 60)
    town.decide(log[:1_200])
    moment = Micros(log[1_200][3])
    before = town.train(moment)
    town.decide(log[1_200:])
    after = town.train(moment)
    assert after.rows == before.rows
    assert after.metrics == before.metrics
    one, other = (town.registry.load(report.version or "").artifact for report in (before, after))
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name])
    first, second = ({**each.documents} for each in (one, other))
    assert first.pop("collaborative") != second.pop("collaborative"), "how far the log had been read is on record"
    assert first == second


@pytest.mark.parametrize(
    ("number", "people", "says"),
    [(0, 40, "100 more"), (99, 40, "1 more"), (300, 20, "there are 20: let more people decide")],
)
def test_too_little_trains_nothing_and_says_what_is_missing(town: Town, number: int, people: int, says: str) -> None:
    town.live_in(people)
    if number:
        town.decide(rows(number, people))
    report = town.train()
    assert (report.version, report.trained, report.promoted) == (None, (), False)
    assert says in why(report, "collaborative")
    assert "collaborative model" in why(report, "ranking")
    assert town.registry.list() == []


def test_nobody_at_all(town: Town) -> None:
    assert "100 more" in why(town.train(), "collaborative")


def test_between_the_thresholds_the_first_stage_alone(town: Town) -> None:
    town.live_in(40)
    town.decide(rows(999, 40))
    report = town.train()
    assert report.trained == ("collaborative",)
    assert "1 more" in why(report, "ranking")
    record = town.registry.champion()
    assert record is not None
    assert (record.type, record.feature_version) == (ModelType.COLLABORATIVE, None)


def test_only_likes(town: Town) -> None:
    town.live_in(50)
    town.decide(rows(1_500, 50, lambda *_: LIKE))
    report = town.train()
    assert report.trained == ("collaborative",)
    assert "record what people decline" in why(report, "ranking")


def test_only_dislikes(town: Town) -> None:
    town.live_in(50)
    town.decide(rows(1_500, 50, lambda *_: DISLIKE))
    report = town.train()
    assert report.trained == ()
    assert "nobody has liked" in why(report, "collaborative")


def test_all_at_one_time(town: Town) -> None:
    town.live_in(50)
    town.decide(rows(1_500, 50, minutes=0))
    report = town.train()
    assert report.trained == ("collaborative",)
    assert "all decisions have one time" in why(report, "ranking")


def test_two_times_only(town: Town) -> None:
    town.live_in(50)
    log = rows(1_500, 50)
    town.decide([(a, b, kind, int(NOW) - (20 if place < 700 else 10)) for place, (a, b, kind, _) in enumerate(log)])
    report = town.train()
    assert report.trained == ("collaborative",)
    assert "rows to fit" in why(report, "ranking")


def test_likes_that_come_late_only(town: Town) -> None:
    """The early part has no like, so there are no early vectors; the rest is enough."""
    town.live_in(60)
    log = rows(2_000, 60)
    town.decide([(a, b, kind if place > 1_000 else DISLIKE, at) for place, (a, b, kind, at) in enumerate(log)])
    report = town.train()
    assert report.trained == ("collaborative", "ranking")
    assert report.metrics.keys().isdisjoint({"recall_at_20"})


def test_one_who_does_ten_thousand_things(town: Town) -> None:
    town.live_in(60)
    town.decide(rows(1_200, 60))
    view = int(EventKind.VIEW)
    town.decide([(0, 1 + place % 59, view, int(NOW) - 10**12 + place) for place in range(10_000)])
    assert town.train().trained == ("collaborative", "ranking")


def test_people_who_are_gone_teach_nothing(town: Town) -> None:
    town.live_in(60)
    town.decide(rows(1_500, 60))
    town.store.remove_person("p59", NOW)
    report = town.train()
    model = town.registry.load(report.version or "")
    assert model.vectors is not None
    assert model.vectors.viewer(59) is None
    assert not model.vectors.as_candidates(np.array([59]))[0].any()


def test_a_folder_that_cannot_be_written(town: Town) -> None:
    town.live_in(40)
    town.decide(rows(200, 40))
    town.root.write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="model folder cannot be written"):
        town.train()
    assert town.registry.list() == []


def test_what_tells_of_pairs_is_learned_from_pairs(town: Town) -> None:
    """Camps: nothing about a candidate alone says who likes them, the first stage's products do."""
    town.live_in(80)
    town.decide(rows(3_000, 80, lambda actor, target: LIKE if actor % 2 == target % 2 else DISLIKE))
    of_one, of_pairs = town.train(features="v1"), town.train(features="v2")
    assert of_pairs.metrics["auc"] > 0.9 > of_one.metrics["auc"] + 0.2
    assert of_pairs.metrics["ece"] < 0.1


def test_rows_of_lists_that_were_shown_look_from_the_list(town: Town) -> None:
    """Half of the later decisions answer lists that two sources made; then the ranker knows who brought whom."""
    town.live_in(80)
    log = rows(2_000, 80)
    town.decide(log)
    town.store.add_impressions(
        [shown(a, b, at - 60_000_000, "content" if kind == LIKE else "popular") for a, b, kind, at in log[1_000::2]]
    )
    report = town.train()
    assert report.rows["of_lists_shown"] == 500
    record = town.registry.get(report.version or "")
    assert record.coefficients["brought_by_content"] > 0 > record.coefficients["brought_by_popular"]
    both = town.registry.load(record.version).artifact.documents["calibration"]
    assert isinstance(both, dict)
    assert both["there"] != both["back"], "from the other side nobody knows who would have brought the viewer"


def shown(viewer: int, candidate: int, at: int, source: str) -> Impression:
    return Impression(
        request_id="r",
        viewer=viewer,
        candidate=candidate,
        position=1,
        at=Micros(at),
        score=0.5,
        p_viewer_likes=None,
        propensity=None,
        sources=(source,),
        model="heuristic",
        feature_version="h1",
        log_position=10**6,
    )


def test_data_of_one_sitting_is_learned_from_one_moment(town: Town) -> None:
    """All later decisions have one time, so no row may look at another: vectors and features are as of the cut."""
    town.live_in(80)
    log = rows(2_000, 80)
    town.decide(log)
    cut = log[1_000][3]
    report = town.train(frozen_at=cut)
    assert report.trained == ("collaborative", "ranking")
    assert report.rows["ranker_rows"] == 1_000
    drawn = {name for name in report.metrics if name.startswith("shift_") and ("taste" in name or "embedding" in name)}
    assert not drawn, "the vectors that are served are those it learned from"
    model = town.registry.load(report.version or "")
    assert model.vectors is not None
    assert model.vectors.as_of == cut


def test_later_rows_of_one_moment_are_split_by_number(town: Town) -> None:
    town.live_in(80)
    log = rows(2_400, 80)
    cut = log[1_000][3]
    town.decide([(*row[:3], row[3] if number < 1_000 else cut) for number, row in enumerate(log)])
    report = town.train(frozen_at=cut)
    assert report.trained == ("collaborative", "ranking")
    later = report.rows["ranker_rows"]
    assert [report.rows[part] for part in ("fitted", "calibrated")] == [
        int(later * 0.6),
        int(later * 0.8) - int(later * 0.6),
    ]


def test_fewer_decisions_are_enough_when_asked(town: Town) -> None:
    town.live_in(40)
    town.decide(rows(900, 40, lambda actor, target: LIKE if actor % 2 == target % 2 else DISLIKE))
    assert town.train(least_decisions=500).trained == ("collaborative",), "90 rows are too few to calibrate by"
    town.decide(rows(1_300, 40, seed=1))
    assert town.train(least_decisions=500).trained == ("collaborative", "ranking")
