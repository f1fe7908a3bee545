"""``twofold evaluate``: how good are the lists, honestly, on one's own data?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer

from twofold.domain.errors import Unavailable
from twofold.domain.time import Micros
from twofold.entrypoints.cli.options import AsJson, AsOf, DatabaseUrl, DataDir, opened_store, resolve, settings_of
from twofold.entrypoints.cli.output import count, emit_json, figure, moment_text, say, say_facts, say_table
from twofold.entrypoints.cli.progress import Report, progress
from twofold.entrypoints.cli.trial import Trial, skipped, trial
from twofold.evaluation.baselines import baselines
from twofold.evaluation.report import (
    Interval,
    K,
    Lists,
    Probabilities,
    Viewers,
    measure_lists,
    measure_probabilities,
)
from twofold.evaluation.split import Split, split_by_time
from twofold.population.population import Population
from twofold.population.replay import read_log
from twofold.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The whole report, as ``--json`` prints it. Times are ISO 8601; figures that do not exist are null."""

    data: str
    people: int
    cut: str
    last: str
    past_decisions: int
    future_decisions: int
    model: str
    features: str
    candidates: int
    shares: dict[str, float]
    seed: int
    probabilities: list[Probabilities]
    viewers: Viewers
    lists: list[Lists]
    degraded_lists: int
    notes: list[str]


def evaluate(
    as_of: AsOf = "now",
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same seed and data give the same report.")] = 0,
    report_file: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write the JSON document to this file too.", show_default=False),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Measure on your own data how good the lists are, beside what they have to beat.

    The first 80 % of the decisions in time are the past, the rest the future. Both stages are trained on the past alone
    (your models and what serves are not touched), lists are frozen at the cut, and compared with what people did after
    it: P(like) beside always saying the average; lists beside random ones and popularity, each with whom it shows,
    since a list of the ten most popular finds much and shows nobody else. Intervals are 95 % over viewers.

    \b
    Examples:
      twofold evaluate
      twofold evaluate --as-of last --report report.json    # data of the past
      twofold evaluate --json | jq '.lists[] | {name, recall, gini}'
    """
    settings = settings_of(data_dir, database_url)
    with opened_store(settings) as store, progress(quiet=as_json) as report:
        report("read", 0.0)
        versions, events, position = read_log(store, resolve(as_of, store))
        split = split_by_time(events)
        everything = Population(versions, events, position)
        with trial(settings, store, split.cut, seed, report) as product:
            evaluation = _measure(settings, split, everything, product, seed, report)
    if report_file is not None:
        _write(report_file, evaluation)
    if as_json:
        emit_json(evaluation)
    else:
        say_evaluation(evaluation)


def _measure(
    settings: Settings, split: Split, everything: Population, product: Trial, seed: int, report: Report
) -> Evaluation:
    rng = np.random.default_rng(seed)
    generation, notes = product.generation, list(skipped(product.training))
    report("probabilities", 0.0)
    probabilities = measure_probabilities(split, partial(product.predict, everything)) if product.ranks else []
    if not product.ranks:
        notes.append("P(like) is not measured: there is no ranking model of the past")
    listers = {"twofold": product.list_for, **baselines(split.past, split.cut, rng)}
    viewers, lists = measure_lists(
        split, listers, product.eligible, generation.population.present, rng, lambda done: report("lists", done)
    )
    return Evaluation(
        data=split.digest,
        people=len(everything.columns),
        cut=moment_text(split.cut),
        last=moment_text(Micros(int(split.future.at[-1]))),
        past_decisions=len(split.past),
        future_decisions=len(split.future),
        model="+".join(product.training["trained"]) or "heuristic",
        features=generation.pipeline.ranker.feature_version,
        candidates=settings.candidates,
        shares=settings.shares,
        seed=seed,
        probabilities=probabilities,
        viewers=viewers,
        lists=lists,
        degraded_lists=product.degraded,
        notes=notes,
    )


def _write(path: Path, evaluation: Evaluation) -> None:
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(evaluation), indent=2) + b"\n")
    except OSError as error:
        raise Unavailable(f"the report cannot be written ({error.strerror}); name another file with --report") from None


def say_evaluation(evaluation: Evaluation) -> None:
    """The report as tables."""
    say_facts(
        {
            "data": f"{count(evaluation.people)} people, SHA-256 {evaluation.data[:16]}",
            "past": f"{count(evaluation.past_decisions)} decisions before {evaluation.cut}",
            "future": f"{count(evaluation.future_decisions)} decisions from then to {evaluation.last}",
            "product": f"{evaluation.model}, features {evaluation.features}, {evaluation.candidates} candidates",
        }
    )
    if evaluation.probabilities:
        say_probabilities(evaluation.probabilities)
    say_lists(evaluation.viewers, evaluation.lists)
    if evaluation.degraded_lists:
        say(f"In {count(evaluation.degraded_lists)} lists a component failed.", style="yellow")
    say(*(f"Note: {sentence}" for sentence in evaluation.notes))


def say_probabilities(measured: list[Probabilities]) -> None:
    """P(like), one line per delay of the features."""
    say("", f"P(like) of {count(measured[0].rows)} later decisions, {count(measured[0].likes)} of them likes:", "")
    rows = [
        (
            "none" if not each.delay_days else f"{each.delay_days} day",
            figure(each.auc),
            figure(each.log_loss),
            figure(each.base_log_loss),
            figure(each.ece),
            figure(each.dislike_average_precision),
        )
        for each in measured
    ]
    headers = ("features' delay", "AUC", "log loss", "base rate's", "ECE", "dislikes AP")
    say_table(headers, rows, right=headers[1:])


def say_lists(viewers: Viewers, lists: list[Lists]) -> None:
    """What lists find and whom they show."""
    say("", f"Lists of {K} for {count(viewers.counted)} people who liked somebody later:", "")
    rows = [
        (
            each.name,
            within(each.recall),
            within(each.ndcg),
            "-" if each.match_recall is None else within(each.match_recall),
            figure(each.gini),
            f"{each.share_shown:.1%}",
            f"{each.top_percent_share:.1%}",
        )
        for each in lists
    ]
    headers = ("lists by", f"Recall@{K}", f"NDCG@{K}", "of matches", "Gini", "shown", "to the top 1 %")
    say_table(headers, rows, right=headers[1:])
    say(f"Exposure is over the {count(viewers.shown_to_could_be)} people who could have been shown to one of them.")
    out = {**viewers.left_out, "not drawn (a sample is enough)": viewers.not_drawn}
    say("Left out: " + ("; ".join(f"{why} {count(people)}" for why, people in out.items() if people) or "nobody") + ".")


def within(value: Interval) -> str:
    """A mean with its interval.

    >>> within(Interval(0.25, 0.2, 0.3))
    '0.250 [0.200, 0.300]'
    """
    return f"{figure(value.mean)} [{figure(value.low)}, {figure(value.high)}]"
