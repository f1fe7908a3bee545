"""Training both stages from the log as of one moment: reads top to bottom.

::

    decisions before T, in the order of time
    |---------- early: vectors ----------|------ ranker rows ------|-- hold-out --|
    0                                   50 %                      80 %           100 %

The features of a ranker row are as of its own moment, with the vectors of the early part: no row sees itself or what
came later. The served vectors are fitted on everything, the served ranker on all rows after the early part.
"""

from __future__ import annotations

from pathlib import Path

from twofold.domain.model import COLLABORATIVE_AFTER, PEOPLE_WITH_TWO_DECISIONS, ModelType
from twofold.domain.ports import ModelStore, Store
from twofold.domain.time import Clock, Micros
from twofold.models.registry import Registry
from twofold.population.population import Population
from twofold.population.replay import read_log
from twofold.training.collaborative import fit_vectors
from twofold.training.course import Course, Progress
from twofold.training.decisions import Decisions
from twofold.training.early import fit_early
from twofold.training.publish import Trained, publish
from twofold.training.ranking import NotEnough, fit_ranking
from twofold.training.report import COLLABORATIVE, RANKING, TrainingReport


def train(
    store: Store,
    models_root: Path,
    *,
    as_of: Micros | None,
    clock: Clock,
    seed: int,
    progress: Progress,
    threads: int = 0,
    models: ModelStore | None = None,
) -> TrainingReport:
    """Train what the data allows, register it, and promote it when nothing of its kind serves yet.

    Args:
        models_root: the folder of model folders.
        as_of: learn from events strictly before this; None is now.
        seed: equal seeds on equal data give equal models.
        progress: told the stage and how much of it is done, 0..1.
        threads: for the fit of the vectors; 0 uses all cores.
        models: where the version is registered, when not in ``store`` (an evaluation registers nothing there).

    Raises:
        Unavailable: the store or the model folder cannot be used.
    """
    run = Course(seed, threads, progress)
    moment = clock() if as_of is None else as_of
    run.stage("read")
    versions, events, position = read_log(store, moment)
    population = Population(versions, events, position)
    decisions = Decisions.of(events)
    run.rows |= {"people": len(population.columns), "decisions": len(decisions), "likes": int(decisions.label.sum())}
    trained = _fit(run, population, decisions)
    placed = None
    if trained is not None:
        run.stage("write")
        place = models or store
        placed = publish(trained, Registry(place, models_root, clock), place, models_root, moment, position, clock)
    run.stage("")
    return TrainingReport(
        as_of=moment,
        version=placed.version if placed else None,
        trained=trained.stages if trained else (),
        skipped=tuple(run.skipped),
        metrics=trained.metrics if trained else {},
        promoted=bool(placed and placed.promoted),
        rows=run.rows,
        seconds=run.seconds,
    )


def _fit(run: Course, population: Population, decisions: Decisions) -> Trained | None:
    """Both stages, as far as the data goes; None when not even the first can be trained."""
    if why := _too_few(decisions):
        run.skip(COLLABORATIVE, why)
        run.skip(RANKING, "it is built on the collaborative model, and that one could not be trained")
        return None
    people = len(population.columns.ids)
    run.stage("early")
    early = fit_early(run, decisions, people)
    run.stage("collaborative")
    vectors = fit_vectors(
        decisions, people, regularization=early.regularization, seed=run.seed, threads=run.threads, done=run.done
    )
    try:
        ranking = fit_ranking(run, population, decisions, early, vectors)
    except NotEnough as why_not:
        run.skip(RANKING, str(why_not))
        return Trained(ModelType.COLLABORATIVE, vectors, early.metrics)
    metrics = {**early.metrics, **ranking.metrics}
    return Trained(ModelType.LOGISTIC, vectors, metrics, ranking.parameters, ranking.features)


def _too_few(decisions: Decisions) -> str | None:
    if len(decisions) < COLLABORATIVE_AFTER:
        missing = COLLABORATIVE_AFTER - len(decisions)
        return f"it takes {COLLABORATIVE_AFTER} decisions and there are {len(decisions)}: {missing} more"
    people = decisions.people_with_two()
    if people < PEOPLE_WITH_TWO_DECISIONS:
        return (
            f"it takes {PEOPLE_WITH_TWO_DECISIONS} people who decided at least twice and there are {people}: "
            "let more people decide"
        )
    if not decisions.label.any():
        return "nobody has liked anybody yet: it learns from likes and super likes"
    return None
