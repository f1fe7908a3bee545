"""Promotion by the rule or by force, the verdicts it goes by, and the trail it leaves."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest

from twofold.domain.errors import Damaged, NotFound, Refused, Unavailable
from twofold.domain.model import ModelRecord, ModelType
from twofold.domain.time import Micros
from twofold.evaluation.promotion import Check, Verdict
from twofold.models.artifact import write_artifact
from twofold.models.registry import Registry
from twofold.services.promotion import PromotionService
from twofold.storage.memory import MemoryStore

BETTER = Verdict((Check(name="log_loss", passed=True, said="log loss 0.5 against 0.6", figure=-0.1, limit=0.0),))
WORSE = Verdict(
    (
        Check(name="log_loss", passed=False, said="log loss 0.7 against 0.6: no measured gain", figure=0.1, limit=0.0),
        Check(name="gini", passed=True, said="Gini 0.4 against 0.4", figure=0.4, limit=0.42),
        Check(name="ece", passed=False, said="ECE 0.08 on 900 decisions: not below 0.03", figure=0.08, limit=0.03),
    )
)


class Bench:
    """A registry with a service whose comparisons say what they are told to, and are counted."""

    def __init__(self, root: Path) -> None:
        ticks = count(1)
        self.root, self.store = root, MemoryStore()
        self.verdict = BETTER
        self.asked: list[tuple[str, str]] = []
        self.registry = Registry(self.store, root, self.clock)
        self.service = PromotionService(self.registry, self.store, self.compare, self.clock)
        self._ticks = ticks

    def clock(self) -> Micros:
        return Micros(next(self._ticks))

    def compare(self, champion: ModelRecord, challenger: ModelRecord) -> Verdict:
        self.asked.append((champion.version, challenger.version))
        return self.verdict

    def add(self, version: str, kind: ModelType = ModelType.LOGISTIC) -> None:
        """Register a version with nothing in it."""
        self.registry.register(
            ModelRecord(
                version=version,
                type=kind,
                artifact=version,
                digest=write_artifact(self.root, version, {}, {}),
                created_at=Micros(0),
                log_position=0,
                as_of=Micros(0),
            )
        )

    @property
    def serving(self) -> str | None:
        champion = self.registry.champion()
        return champion.version if champion else None

    @property
    def trail(self) -> list[tuple[str, str, str]]:
        return [(entry.actor, entry.action, entry.subject) for entry in reversed(self.service.audit())]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """m0001 serves, m0002 and m0003 wait; all can rank."""
    bench = Bench(tmp_path)
    for version in ("m0001", "m0002", "m0003"):
        bench.add(version)
    bench.service.promote("m0001", "cli")
    return bench


def test_the_first_needs_no_comparison(bench: Bench) -> None:
    assert (bench.serving, bench.asked) == ("m0001", [])
    [entry] = bench.service.audit()
    assert (entry.actor, entry.action, entry.subject) == ("cli", "promote", "m0001")
    assert entry.details == {"from": None, "forced": False, "verdict": None}


def test_the_first_that_can_rank_needs_no_comparison(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.add("m0001", ModelType.COLLABORATIVE)
    bench.add("m0002")
    bench.service.promote("m0001", "cli")
    bench.service.promote("m0002", "cli")
    assert (bench.serving, bench.asked) == ("m0002", [])
    assert bench.service.audit()[0].details["from"] == "m0001"


def test_a_better_one_is_measured_and_promoted(bench: Bench) -> None:
    assert bench.service.promote("m0002", "cli").version == "m0002"
    assert (bench.serving, bench.asked) == ("m0002", [("m0001", "m0002")])
    assert bench.trail[1:] == [("cli", "compare", "m0002"), ("cli", "promote", "m0002")]
    promoted, compared = bench.service.audit(2)
    assert promoted.details == {"from": "m0001", "forced": False, "verdict": BETTER.to_document()}
    assert compared.details == {"champion": "m0001", "verdict": BETTER.to_document()}
    assert compared.at < promoted.at


def test_a_worse_one_is_refused_with_the_figures_that_failed(bench: Bench) -> None:
    bench.verdict = WORSE
    with pytest.raises(Refused) as refused:
        bench.service.promote("m0002", "cli")
    assert refused.value.code == "promotion_rule"
    said = str(refused.value)
    assert "no measured gain" in said
    assert "ECE 0.08 on 900 decisions" in said
    assert "Gini" not in said, "what passed is no reason"
    assert "--force" in said
    assert "models compare m0002" in said
    assert bench.serving == "m0001"
    assert bench.trail[1:] == [("cli", "compare", "m0002")], "the verdict is kept, and nothing was promoted"


def test_force_promotes_at_once_without_measuring(bench: Bench) -> None:
    bench.verdict = WORSE
    bench.service.promote("m0002", "http", force=True, measure=False)
    assert (bench.serving, bench.asked) == ("m0002", [])
    assert bench.service.audit()[0].details == {"from": "m0001", "forced": True, "verdict": None}


def test_force_keeps_the_verdict_that_it_overrules(bench: Bench) -> None:
    bench.verdict = WORSE
    bench.service.compare("m0002", "cli")
    bench.service.promote("m0002", "cli", force=True)
    assert bench.service.audit()[0].details == {"from": "m0001", "forced": True, "verdict": WORSE.to_document()}
    assert len(bench.asked) == 1


def test_a_kept_verdict_serves_where_nothing_may_be_measured(bench: Bench) -> None:
    with pytest.raises(Refused) as refused:
        bench.service.promote("m0002", "http", measure=False)
    assert refused.value.code == "not_compared"
    assert "`twofold models compare m0002`" in str(refused.value)
    assert bench.service.compare("m0002", "cli").verdict == BETTER
    assert bench.service.promote("m0002", "http", measure=False).version == "m0002"
    assert len(bench.asked) == 1


def test_the_latest_verdict_counts(bench: Bench) -> None:
    bench.service.compare("m0002", "cli")
    bench.verdict = WORSE
    bench.service.compare("m0002", "cli")
    with pytest.raises(Refused, match="no measured gain"):
        bench.service.promote("m0002", "cli")
    assert len(bench.asked) == 2, "and is not measured a third time"


def test_a_verdict_counts_for_its_own_pair_alone(bench: Bench) -> None:
    bench.service.compare("m0002", "cli")
    bench.service.promote("m0003", "cli")
    with pytest.raises(Refused, match="has not been compared with the champion m0003"):
        bench.service.promote("m0002", "http", measure=False)
    bench.service.promote("m0002", "cli")
    assert bench.asked == [("m0001", "m0002"), ("m0001", "m0003"), ("m0003", "m0002")]
    bench.service.rollback("cli")
    bench.service.rollback("cli")
    assert bench.serving == "m0001"
    assert bench.service.promote("m0002", "http", measure=False).version == "m0002", "the old pair stands again"


def test_a_champion_that_changes_during_the_comparison(bench: Bench) -> None:
    def meanwhile(champion: ModelRecord, challenger: ModelRecord) -> Verdict:
        bench.service.promote("m0003", "http", force=True)
        return BETTER

    slow = PromotionService(bench.registry, bench.store, meanwhile, bench.clock)
    with pytest.raises(Refused) as refused:
        slow.promote("m0002", "cli")
    assert refused.value.code == "champion_changed"
    assert bench.serving == "m0003"


def test_promoting_the_champion_changes_nothing(bench: Bench) -> None:
    before = bench.trail
    assert bench.service.promote("m0001", "cli").version == "m0001"
    assert bench.trail == before
    assert bench.asked == []


def test_rolling_back_is_on_record(bench: Bench) -> None:
    bench.service.promote("m0002", "cli", force=True)
    assert bench.service.rollback("http").version == "m0001"
    latest = bench.service.audit(1)[0]
    assert (latest.actor, latest.action, latest.subject) == ("http", "rollback", "m0001")
    assert latest.details == {"from": "m0002"}
    before = bench.trail
    with pytest.raises(NotFound):
        bench.service.rollback("http")
    assert bench.trail == before


def test_what_does_not_verify_is_neither_promoted_nor_on_record(bench: Bench) -> None:
    (bench.root / "m0002" / "extra").write_bytes(b"")
    before = bench.trail
    with pytest.raises(Damaged):
        bench.service.promote("m0002", "cli", force=True)
    assert (bench.serving, bench.trail) == ("m0001", before)


@pytest.mark.parametrize("kind", list(ModelType))
def test_models_that_cannot_rank_are_not_compared(tmp_path: Path, kind: ModelType) -> None:
    bench = Bench(tmp_path)
    bench.add("m0001", kind)
    bench.add("m0002", ModelType.COLLABORATIVE)
    bench.service.promote("m0001", "cli")
    for ask in (bench.service.promote, bench.service.compare):
        with pytest.raises(Refused, match="both have to rank") as refused:
            ask("m0002", "cli")
        assert refused.value.code == "not_comparable"
    assert bench.service.promote("m0002", "cli", force=True).version == "m0002"
    assert bench.asked == []


def test_what_there_is_to_compare(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.add("m0001", ModelType.COLLABORATIVE)
    bench.add("m0002")
    with pytest.raises(Refused, match="nothing serves yet"):
        bench.service.compare("m0002", "cli")
    bench.service.promote("m0001", "cli")
    with pytest.raises(Refused, match="serves already"):
        bench.service.compare("m0001", "cli")
    with pytest.raises(Refused, match="needs no comparison"):
        bench.service.compare("m0002", "cli")
    with pytest.raises(NotFound):
        bench.service.compare("m0009", "cli")
    with pytest.raises(NotFound):
        bench.service.promote("m0009", "cli", force=True)


def test_a_comparison_that_fails_changes_nothing(bench: Bench) -> None:
    def broken(champion: ModelRecord, challenger: ModelRecord) -> Verdict:
        raise Unavailable("comparison is not wired yet")

    service, before = PromotionService(bench.registry, bench.store, broken, bench.clock), bench.trail
    with pytest.raises(Unavailable):
        service.promote("m0002", "cli")
    assert (bench.serving, bench.trail) == ("m0001", before)


def test_the_trail_is_json(bench: Bench) -> None:
    bench.service.promote("m0002", "cli")
    json.dumps([dict(entry.details) for entry in bench.service.audit()], allow_nan=False)


def test_a_comparison_that_is_refused_names_the_way_round_it(tmp_path: Path) -> None:
    class Poor(Bench):
        def compare(self, champion: ModelRecord, challenger: ModelRecord) -> Verdict:
            raise Refused("too_little", "there are 7 decisions after the cut.")

    bench = Poor(tmp_path)
    for version in ("m0001", "m0002"):
        bench.add(version)
    bench.service.promote("m0001", "cli")
    for ask in (bench.service.compare, bench.service.promote):
        with pytest.raises(Refused, match=r"after the cut. To serve it all the same: .*m0002 --force") as refused:
            ask("m0002", "cli")
        assert refused.value.code == "too_little"
    assert bench.serving == "m0001"
    assert bench.trail == [("cli", "promote", "m0001")]
    assert bench.service.promote("m0002", "cli", force=True).version == "m0002"
