"""The benchmark of candidates, with a product whose times and taste are known."""

from __future__ import annotations

import pytest

from tests.unit.evaluation.tuning.world import adjustable
from tests.unit.evaluation.world import PEOPLE, data_of, town
from twofold.bench.candidates import EVERYONE, SIZES, CandidatesBenchmark, CandidatesReport
from twofold.entrypoints.cli.evaluation.bench_table import say_candidates
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.split import split_by_time


def report() -> CandidatesReport:
    events = town()
    trials, _ = adjustable(events, PEOPLE)
    course = Course(0, lambda _part, _done: None)
    return CandidatesBenchmark(data_of(events), split_by_time(events), course).run(trials)


def test_a_row_for_each_size_and_one_for_everyone() -> None:
    found = report()
    assert [row.candidates for row in found.rows] == [*SIZES, EVERYONE]
    times = {row.candidates: row for row in found.rows}
    assert (times[10].p50_ms, times[100].p99_ms, times[EVERYONE].p50_ms) == (11.0, 101.0, 1_001.0)
    assert (times[100].ratio, times[10].ratio) == (1.0, 0.11)
    assert times[200].stages_ms == {"filter": 1.0, "rank": 200.0}
    recall = {row.candidates: row.lists["recall_at_20"].value for row in found.rows}
    assert recall[10] < recall[EVERYONE], "ten candidates are ten places"
    assert found.machine.cores >= 1


def test_the_table_has_all_rows(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    say_candidates(report())
    said = capsys.readouterr().out
    assert all(text in said for text in ("1,000", "everyone", "Recall@20", "ratio", "load"))
