"""What a benchmark measured, in a terminal."""

from __future__ import annotations

from twofold.bench.candidates import CandidatesReport, Row
from twofold.entrypoints.cli.benching.machine import machine_text
from twofold.entrypoints.cli.evaluation.tables import within
from twofold.entrypoints.cli.output import count, say, say_facts, say_table

STAGES = ("filter", "sources", "rank")


def say_candidates(report: CandidatesReport) -> None:
    """One row per number of candidates."""
    say_facts(
        {
            "data": f"{report.data.name}: {count(report.data.people)} people, {count(report.data.decisions)} decisions",
            "trained": f"{report.model}, on what was before {report.train_until}",
            "lists": f"{count(report.lists)} of 20, each viewer once per row, in turns, one thread, in process, warm",
            "machine": machine_text(report.machine),
        }
    )
    say("")
    headers = ["candidates", "p50 ms", "p99 ms", "ratio", *STAGES, "rest", "Recall@20", "mutual Recall@20"]
    say_table(headers, [_row(each) for each in report.rows], right=headers)
    say("", "Stages: median ms. Ratio: of the medians, to 100 candidates of this run. Intervals: 95 %, over viewers.")
    say(*(f"Note: {sentence}." for sentence in report.notes))
    degraded = sum(each.degraded for each in report.rows)
    if degraded:
        say(f"In {count(degraded)} lists a component failed.", style="yellow")
    say(f"{sum(report.seconds.values()):.0f} s, seed {report.seed}.")


def _row(each: Row) -> list[str]:
    rest = sum(spent for stage, spent in each.stages_ms.items() if stage not in STAGES)
    return [
        count(each.candidates) if isinstance(each.candidates, int) else each.candidates,
        f"{each.p50_ms:.1f}",
        f"{each.p99_ms:.1f}",
        f"{each.ratio:.2f}",
        *(f"{each.stages_ms[stage]:.1f}" if stage in each.stages_ms else "-" for stage in STAGES),
        f"{rest:.1f}",
        within(each.lists.get("recall_at_20")),
        within(each.lists.get("mutual_recall_at_20")),
    ]
