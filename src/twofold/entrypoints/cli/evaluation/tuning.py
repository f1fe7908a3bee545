"""The work of ``twofold tune``, from data to document. Imports what fits models, so import it late."""

from __future__ import annotations

from twofold.bootstrap import SOURCES
from twofold.entrypoints.cli.evaluation.chosen import Choice, chosen_data
from twofold.entrypoints.cli.evaluation.trials import trials_of
from twofold.entrypoints.cli.progress import Report
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.tuning.document import CONFIGURED, Tuning
from twofold.evaluation.tuning.tuning import Tune
from twofold.evaluation.tuning.worth import Metric
from twofold.settings import PRESETS, TELLING, Settings


def tuned(choice: Choice, metric: Metric, budget: int, seed: int, report: Report) -> Tuning:
    """Quotas tuned on the validation part of what was chosen."""
    with chosen_data(choice, seed, report) as chosen:
        course = Course(seed, report)
        course.note(*chosen.notes)
        names = names_of(chosen.settings)
        every = chosen.settings.model_copy(update={"shares": dict.fromkeys(names, 1 / len(names))})
        tune = Tune(
            data=chosen.data,
            split=chosen.split,
            names=names,
            presets={**PRESETS, **own_of(choice.settings)},
            metric=metric,
            budget=budget,
            candidates=chosen.settings.candidates,
            course=course,
        )
        return tune.run(trials_of(every, chosen.store, report))


def names_of(settings: Settings) -> tuple[str, ...]:
    """The sources that may be asked, in the order in which they fill up."""
    return tuple(name for name in SOURCES if not (settings.discreet and name in TELLING))


def own_of(settings: Settings) -> dict[str, dict[str, float]]:
    """What is configured, unless it is a preset."""
    return {} if isinstance(settings.shares, str) else {CONFIGURED: settings.quotas}
