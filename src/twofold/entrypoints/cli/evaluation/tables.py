"""The report in a terminal: P(like), then lists, never without whom they show.

Columns are few enough for 120 characters; the JSON document and the page hold all figures.
"""

from __future__ import annotations

from twofold.domain.errors import Refused
from twofold.entrypoints.cli.output import count, say, say_facts, say_table
from twofold.evaluation.document import Document, Figure, Figures, System

P_LIKE = {"auc": "AUC", "log_loss": "log loss", "ece": "ECE", "dislike_average_precision": "dislikes AP"}
FOUND = {
    "recall_at_20": "Recall@20",
    "ndcg_at_20": "NDCG@20",
    "mutual_recall_at_20": "mutual",
}
FOUND_AMONG_FEW = {"ndcg_at_5": "NDCG@5", "mutual_ndcg_at_5": "mutual NDCG@5"}
EXPOSED = {
    "gini": "Gini",
    "share_shown": "shown",
    "top1pct": "top 1 %",
    "effective_matches": "matches",
    "incoming_likes_p99": "likes",
}
# The slices' figures of the product, in one table.
SLICED = {"auc": "AUC", "log_loss": "log loss", "recall_at_20": "Recall@20", "mutual_recall_at_20": "mutual Recall"}


def say_document(document: Document) -> None:
    """All of it."""
    say_facts(_facts(document))
    _say_p_like(document)
    _say_lists(document, capped=False)
    _say_lists(document, capped=True)
    _say_slices(document)
    _say_sources(document)
    counts = document.counts
    if counts.left_out:
        out = "; ".join(f"{why} {count(number)}" for why, number in counts.left_out.items())
        say("", f"No list: {out}.")
    if counts.degraded_lists:
        say(f"In {count(counts.degraded_lists)} lists a component failed.", style="yellow")
    say("", f"Intervals: {document.protocol.interval}.", *(f"Note: {sentence}." for sentence in document.notes))
    say(f"{sum(document.seconds.values()):.0f} s, seed {document.protocol.seed}.")


def _facts(document: Document) -> dict[str, str]:
    data, protocol, counts = document.data, document.protocol, document.counts
    facts = {
        "data": f"{data.name}: {count(data.people)} people, {count(data.decisions)} decisions",
        "hash": f"SHA-256 {data.sha256[:16]}",
        "split": protocol.split,
    }
    if protocol.validate_until:
        facts["cut"] = (
            f"{protocol.validate_until}: {count(counts.past_decisions)} decisions before, "
            f"{count(counts.test_decisions)} after (to {protocol.test_until}), "
            f"{count(counts.unseen_decisions)} of them with somebody unseen"
        )
    else:
        facts["asked"] = f"{count(counts.test_decisions)} decisions, {count(counts.test_likes)} likes"
    if counts.lists:
        facts["lists"] = (
            f"{count(counts.lists)} of {protocol.list_length}, frozen at {protocol.lists_frozen_at}; "
            f"among {protocol.candidate_set}"
        )
    return {**facts, "product": document.model}


def _say_p_like(document: Document) -> None:
    systems = {name: system for name, system in document.systems.items() if system.p_like or system.p_like_delayed}
    if not systems:
        return
    days = document.protocol.delay_days
    late = "everything frozen" if days is None else f"features {days} day old (this counts)"
    say("", f"P(like) of {count(document.counts.test_decisions)} decisions, {late}:", "")
    headers = ["system", *P_LIKE.values(), *(["AUC, no delay"] if days is not None else [])]
    rows = []
    for name, system in systems.items():
        cells = [within(system.p_like_delayed.get(figure)) for figure in P_LIKE]
        rows.append([name, *cells, *([short(system.p_like.get("auc"))] if days is not None else [])])
    say_table(headers, rows, right=headers[1:])


def _say_lists(document: Document, *, capped: bool) -> None:
    systems = {name: each for name, each in document.systems.items() if (each.lists_capped if capped else each.lists)}
    if not systems:
        return
    few = any("ndcg_at_5" in each.lists for each in systems.values())
    if few:
        say("", f"The order of {document.protocol.candidate_set}:", "")
        _say_found(systems, FOUND_AMONG_FEW, capped=False, exposed=False)
        return
    check_exposure(systems, capped=capped)
    cap = f", nobody shown more than {document.protocol.cap} times" if capped else ""
    say("", f"{count(document.counts.lists)} lists of {document.protocol.list_length}{cap}:", "")
    _say_found(systems, FOUND, capped=capped, exposed=True)
    if not capped:
        say(
            "mutual: Recall@20 of those who like back. matches: those found, when each answers their first 20 likes.",
            "likes: expected likes that reach a person, 99th percentile.",
        )


def check_exposure(systems: dict[str, System], *, capped: bool = False) -> None:
    """Refuse to show what lists find without whom they show.

    Raises:
        Refused: code ``no_exposure``.
    """
    for each in systems.values():
        if not (each.exposure_capped if capped else each.exposure):
            raise Refused("no_exposure", "list quality is not reported without exposure; this report has none")


def _say_found(systems: dict[str, System], found: dict[str, str], *, capped: bool, exposed: bool) -> None:
    headers = ["system", *found.values(), *(EXPOSED.values() if exposed else ())]
    rows = []
    for name, system in systems.items():
        lists, shown = (system.lists_capped, system.exposure_capped) if capped else (system.lists, system.exposure)
        cells = [
            within(lists.get(figure)) if place == 0 else short(lists.get(figure)) for place, figure in enumerate(found)
        ]
        rows.append([name, *cells, *([_exposed(shown, figure) for figure in EXPOSED] if exposed else [])])
    say_table(headers, rows, right=headers[1:])


def _exposed(shown: Figures, name: str) -> str:
    figure = shown.get(name)
    if figure is None:
        return "-"
    if name in ("share_shown", "top1pct"):
        return f"{figure.value:.1%}"
    return f"{figure.value:.1f}" if name in ("effective_matches", "incoming_likes_p99") else short(figure)


def _say_slices(document: Document) -> None:
    slices = next(iter(document.systems.values())).slices if document.systems else {}
    if not slices:
        return
    say("", "The product by slice:", "")
    rows = []
    for name, part in slices.items():
        known = {**part.lists, **part.p_like_delayed}
        rows.append([name, count(part.rows), count(part.viewers), *(within(known.get(figure)) for figure in SLICED)])
    headers = ["slice", "decisions", "lists", *SLICED.values()]
    say_table(headers, rows, right=headers[1:])


def _say_sources(document: Document) -> None:
    if not document.sources:
        return
    say("", "Stage 1, each source alone, and the product's lists without it:", "")
    depths = ("recall_at_100", "recall_at_200", "recall_at_500")
    rows = [
        [name, *(short(each.alone.get(depth)) for depth in depths), within(each.lists_without.get("recall_at_20"))]
        for name, each in document.sources.items()
    ]
    headers = ["source", "Recall@100", "@200", "@500", "Recall@20 without it"]
    say_table(headers, rows, right=headers[1:])
    if document.index:
        say("", f"The index finds {within(document.index['recall_at_100'])} of the 100 that exact search finds.")


def within(figure: Figure | None) -> str:
    """A figure with its interval.

    >>> within(Figure(0.25, 0.2, 0.3))
    '0.250 [0.200, 0.300]'
    """
    return "-" if figure is None else f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def short(figure: Figure | None) -> str:
    """A figure alone.

    >>> short(None)
    '-'
    """
    return "-" if figure is None else f"{figure.value:.3f}"
