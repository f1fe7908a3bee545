"""What a tuning found, in a terminal."""

from __future__ import annotations

from twofold.entrypoints.cli.evaluation.tables import short, within
from twofold.entrypoints.cli.output import count, say, say_facts, say_table
from twofold.evaluation.document import Figure
from twofold.evaluation.tuning.document import TUNED, Tuning

METRICS = {"both": "mean of Recall@20 and mutual Recall@20", "recall": "Recall@20", "mutual": "mutual Recall@20"}


def say_tuning(found: Tuning) -> None:
    """Quotas, what they find, whether that is a gain, and what each source is worth."""
    say_facts(
        {
            "data": f"{found.data.name}: {count(found.data.people)} people, {count(found.data.decisions)} decisions",
            "trained": f"{found.model}, on what was before {found.train_until}",
            "measured": f"to {found.validate_until} (the test part is not looked at), lists of 20 frozen at the first",
            "searched": f"{count(found.tried)} quotas by {METRICS[found.metric]}, "
            f"lists of {count(found.viewers_searched)} viewers",
            "judged": f"on {count(found.viewers_judged)} other viewers",
        }
    )
    _say_quotas(found)
    _say_sources(found)
    say("", "Intervals: 95 %, paired bootstrap over viewers.", *(f"Note: {sentence}." for sentence in found.notes))
    say(f"{sum(found.seconds.values()):.0f} s, seed {found.seed}.", "")
    verdict = "better than what serves now" if found.better else "not surely better: it may be chance"
    say(f"The tuned quotas are {verdict}.", style="" if found.better else "yellow")


def _say_quotas(found: Tuning) -> None:
    names = list(found.sources)
    say("", "Quotas in percent:", "")
    percents = {
        name: [f"{100 * each.shares.get(source, 0.0):.0f}" for source in names] for name, each in found.quotas.items()
    }
    say_table(["quotas", *names], [[name, *cells] for name, cells in percents.items()], right=names)
    say("", "The lists they give:", "")
    headers = ["quotas", "Recall@20", "mutual Recall@20", "gain of tuned"]
    rows = [
        [
            name,
            within(each.lists.get("recall_at_20")),
            within(each.lists.get("mutual_recall_at_20")),
            "" if name == TUNED else gained(each.gain),
        ]
        for name, each in found.quotas.items()
    ]
    say_table(headers, rows, right=headers[1:])


def _say_sources(found: Tuning) -> None:
    say("", "Each source alone, and the lists of the tuned quotas without it:", "")
    headers = ["source", "Recall@100", "@200", "Recall@20 without it", "mutual without it"]
    rows = [
        [
            name,
            short(each.alone.get("recall_at_100")),
            short(each.alone.get("recall_at_200")),
            within(each.lists_without.get("recall_at_20")),
            within(each.lists_without.get("mutual_recall_at_20")),
        ]
        for name, each in found.sources.items()
    ]
    say_table(headers, rows, right=headers[1:])


def gained(figure: Figure | None) -> str:
    """A difference with its interval.

    >>> gained(Figure(0.01, -0.002, 0.022))
    '+0.010 [-0.002, +0.022]'
    """
    return "-" if figure is None else f"{figure.value:+.3f} [{figure.low:+.3f}, {figure.high:+.3f}]"
