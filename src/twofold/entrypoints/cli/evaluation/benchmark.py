"""The work of ``twofold bench``, from data to document. Imports what fits models, so import it late."""

from __future__ import annotations

from twofold.bench.candidates import CandidatesBenchmark, CandidatesReport
from twofold.entrypoints.cli.evaluation.chosen import Choice, chosen_data
from twofold.entrypoints.cli.evaluation.trials import trials_of
from twofold.entrypoints.cli.progress import Report
from twofold.evaluation.protocols.course import Course


def bench_candidates(choice: Choice, seed: int, report: Report) -> CandidatesReport:
    """Lists by number of candidates, on what was chosen."""
    with chosen_data(choice, seed, report) as chosen:
        course = Course(seed, report)
        course.note(*chosen.notes)
        return CandidatesBenchmark(chosen.data, chosen.split, course).run(
            trials_of(chosen.settings, chosen.store, report)
        )
