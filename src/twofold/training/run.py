"""Training both stages from the log as of one moment: reads top to bottom.

::

    decisions before T, in the order of time
    |---------- early: vectors ----------|--- ranker: fitted ---|- calibrated -|- measured -|
    0                                   50 %                  80 %           90 %         100 %

The features of a ranker row are as of its own moment, with the vectors of the early part: no row sees itself or what
came later. The served vectors are fitted on everything, the served ranker on all rows after the early part.
"""

from __future__ import annotations

from pathlib import Path

from twofold.domain.model import COLLABORATIVE_AFTER, PEOPLE_WITH_TWO_DECISIONS, ModelType
from twofold.domain.ports import ModelStore, Store
from twofold.domain.time import Clock, Micros
from twofold.models.lore import Lore
from twofold.models.registry import Registry
from twofold.models.vectors import Vectors
from twofold.policies.utility import UTILITIES
from twofold.population.population import Population
from twofold.training.course import Course, Progress
from twofold.training.decisions import Decisions
from twofold.training.early import Early, fit_served, refit_before
from twofold.training.fading import choose_half_life
from twofold.training.habits import count_habits
from twofold.training.listing import list_vectors
from twofold.training.material import Material
from twofold.training.publish import Trained, publish
from twofold.training.ranking import NotEnough, Ranking, Reader, fit_ranking
from twofold.training.recipe import Recipe
from twofold.training.relevance import Relevance, fit_relevance
from twofold.training.report import COLLABORATIVE, RANKING, TrainingReport

# Where more of the decisions than this answer lists that were shown, P(like) is the whole question.
MOSTLY_LISTED = 0.5
# With more decisions than this the vectors are not fitted anew for each window of the relevance head.
MOST_REFITTED = 3_000_000


def train(
    store: Store,
    models_root: Path,
    *,
    as_of: Micros | None,
    clock: Clock,
    recipe: Recipe,
    progress: Progress,
    threads: int = 0,
    models: ModelStore | None = None,
) -> TrainingReport:
    """Train what the data allows, register it, and promote it when nothing of its kind serves yet.

    Args:
        models_root: the folder of model folders.
        as_of: learn from events strictly before this; None is now.
        recipe: what to make.
        progress: told the stage and how much of it is done, 0..1.
        threads: for the fit of the vectors; 0 uses all cores.
        models: where the version is registered, when not in ``store`` (an evaluation registers nothing there).

    Raises:
        Unavailable: the store or the model folder cannot be used.
    """
    run = Course(recipe.seed, threads, progress)
    moment = clock() if as_of is None else as_of
    material = Material.read(run, store, moment)
    trained, position = _fit(run, recipe, material), material.population.position
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


def _fit(run: Course, recipe: Recipe, material: Material) -> Trained | None:
    """Both stages, as far as the data goes; None when not even the first can be trained."""
    population, decisions = material.population, material.decisions
    if why := _too_few(decisions):
        run.skip(COLLABORATIVE, why)
        run.skip(RANKING, "it is built on the collaborative model, and that one could not be trained")
        return None
    early, before = material.early(run, recipe)
    run.stage("collaborative")
    vectors = early.vectors if recipe.frozen_at is not None else None
    if vectors is None:
        people, moment = population.columns.rows, material.moment
        vectors = fit_served(run, early, decisions, people, moment, population.position)
    listing = list_vectors(run, vectors, population, material.moment)
    half_life, lately = choose_half_life(run, decisions, population.columns.rows)
    lore = Lore(before.rarity, count_habits(decisions, population.columns))
    try:
        ranking = fit_ranking(run, recipe, material, (early, before), (vectors, lore))
    except NotEnough as why_not:
        run.skip(RANKING, str(why_not))
        metrics = {**early.metrics, **listing.metrics, **lately}
        return Trained(ModelType.COLLABORATIVE, recipe, vectors, lore, half_life, metrics, listing)
    metrics = {**early.metrics, **listing.metrics, **lately, **ranking.metrics}
    relevance = _relevance(run, recipe, population, decisions, (early, before), ranking)
    if relevance is not None:
        metrics |= relevance.metrics
    return Trained(recipe.ranker, recipe, vectors, lore, half_life, metrics, listing, ranking, relevance)


def _relevance(
    run: Course,
    recipe: Recipe,
    population: Population,
    decisions: Decisions,
    early: tuple[Early, Lore],
    ranking: Ranking,
) -> Relevance | None:
    """The third head, where decisions mostly answer no list of ours; it is left out when that finds no more."""
    listed = run.rows.get("of_lists_shown", 0) / max(run.rows.get("ranker_rows", 1), 1)
    if recipe.frozen_at is not None or early[0].cut is None or listed > MOSTLY_LISTED:
        return None
    run.stage("relevance")
    reader = Reader(population, ranking.features, early[0].vectors, early[1])

    def vectors_before(moment: int) -> Vectors | None:
        known = decisions.before(moment)
        if len(decisions) > MOST_REFITTED:
            return early[0].vectors if moment >= (early[0].cut or 0) else None
        return refit_before(run, known, population.columns.rows, early[0].regularization, moment)

    return fit_relevance(run, reader, ranking, decisions, UTILITIES[recipe.utility], vectors_before)


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
