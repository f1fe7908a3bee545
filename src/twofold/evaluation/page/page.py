"""A document as a page: what was done, P(like), lists and whom they show, where the product finds people, slices."""

from __future__ import annotations

from collections.abc import Callable

from twofold.domain.errors import Refused
from twofold.evaluation.document import Document, Figures, System
from twofold.evaluation.page.markup import figure, section, table, text
from twofold.evaluation.page.plots import calibration, lorenz_curves, recall_by_source
from twofold.evaluation.page.style import STYLE

P_LIKE = {"auc": "ROC AUC", "log_loss": "log loss, nats", "ece": "ECE", "dislike_average_precision": "dislikes' AP"}
LISTS = {
    "recall_at_20": "Recall@20",
    "ndcg_at_20": "NDCG@20",
    "ndcg_at_5": "NDCG@5",
    "mutual_recall_at_20": "mutual Recall@20",
    "mutual_ndcg_at_20": "mutual NDCG@20",
    "mutual_ndcg_at_5": "mutual NDCG@5",
}
EXPOSURE = {
    "gini": "Gini",
    "share_shown": "shown at all",
    "top1pct": "to the top 1 %",
    "effective_matches": "effective matches",
    "incoming_likes_median": "likes, median",
    "incoming_likes_p99": "likes, p99",
}
SHARES = ("share_shown", "top1pct")
COUNTED = ("effective_matches", "incoming_likes_median", "incoming_likes_p99")
LIKES = (
    "Effective matches: later mutual likes that the lists find, when each person answers only the first 20 likes that "
    "reach them. Likes: expected likes that reach one person."
)


def page_of(document: Document) -> str:
    """One self-contained page: no script, no picture, nothing from elsewhere.

    Raises:
        Refused: code ``no_exposure``: lists without whom they show.
    """
    _check(document)
    title = f"Evaluation: {document.data.name}"
    parts = (
        _head(document, title),
        section("P(like)", _p_like(document), calibration(document)),
        section("Lists and whom they show", _lists(document, capped=False), lorenz_curves(document)),
        section("Lists when nobody may be shown more often than the cap", _lists(document, capped=True)),
        section("Where the first stage finds people", recall_by_source(document), _index(document), _without(document)),
        section("Slices of the product", _slices(document)),
        section("How this was measured", _protocol(document), _notes(document)),
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{text(title)}</title><style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _check(document: Document) -> None:
    ranked = [each for each in document.systems.values() if any("_at_20" in name for name in each.lists)]
    if any(not each.exposure for each in ranked):
        raise Refused("no_exposure", "list quality is not reported without exposure; this report has none")


def _head(document: Document, title: str) -> str:
    data, counts = document.data, document.counts
    lead = (
        f"{data.people:,} people, {data.decisions:,} decisions, {data.likes:,} of them likes. Tested on "
        f"{counts.test_decisions:,} later decisions" + (f" and {counts.lists:,} lists." if counts.lists else ".")
    )
    facts = {
        "Split": document.protocol.split,
        "Cut": document.protocol.validate_until,
        "Lists frozen at": document.protocol.lists_frozen_at,
        "Product": document.model,
        "Data, SHA-256": data.sha256,
    }
    items = "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in facts.items() if value)
    return f'<h1>{text(title)}</h1><p class="lead">{text(lead)}</p><dl>{items}</dl>'


def _named(name: str, system: System) -> str:
    return f'{text(name)}<span class="what">{text(system.what)}</span>'


def _p_like(document: Document) -> str:
    systems = {name: each for name, each in document.systems.items() if each.p_like_delayed}
    if not systems:
        return ""
    days = document.protocol.delay_days
    late = "everything frozen at one moment" if days is None else f"features at least {days} day old: these count"
    headers = ["system", *P_LIKE.values(), *([] if days is None else ["AUC, no delay", "log loss, no delay"])]
    rows = []
    for name, each in systems.items():
        now = [] if days is None else [figure(each.p_like.get("auc")), figure(each.p_like.get("log_loss"))]
        rows.append([_named(name, each), *(figure(each.p_like_delayed.get(key)) for key in P_LIKE), *now])
    return table(headers, rows, f"{document.counts.test_decisions:,} decisions; {late}.")


def _lists(document: Document, *, capped: bool) -> str:
    systems = {name: each for name, each in document.systems.items() if (each.lists_capped if capped else each.lists)}
    if not systems:
        return ""
    cap = f", nobody shown more than {document.protocol.cap} times" if capped else ""
    caption = f"{document.counts.lists:,} lists among {document.protocol.candidate_set}{cap}."
    if not any(each.exposure for each in systems.values()):
        return _columns(systems, LISTS, caption, lambda each: each.lists)
    if capped:
        found = _columns(systems, LISTS, f"What they find: {caption}", lambda each: each.lists_capped)
        return found + _columns(systems, EXPOSURE, "Whom they show.", lambda each: each.exposure_capped)
    found = _columns(systems, LISTS, f"What they find: {caption}", lambda each: each.lists)
    return found + _columns(systems, EXPOSURE, f"Whom they show. {LIKES}", lambda each: each.exposure)


def _columns(
    systems: dict[str, System], names: dict[str, str], caption: str, figures: Callable[[System], Figures]
) -> str:
    """One row per system, one column per figure that any of them has."""
    kept = {key: words for key, words in names.items() if any(key in figures(each) for each in systems.values())}
    rows = [
        [
            _named(name, each),
            *(figure(figures(each).get(key), percent=key in SHARES, digits=1 if key in COUNTED else 3) for key in kept),
        ]
        for name, each in systems.items()
    ]
    return table(["system", *kept.values()], rows, caption)


def _index(document: Document) -> str:
    found = document.index.get("recall_at_100")
    return f"<p>The index finds {figure(found)} of the 100 that exact search finds.</p>" if found else ""


def _without(document: Document) -> str:
    if not document.sources:
        return ""
    names = ("recall_at_20", "ndcg_at_20", "mutual_recall_at_20")
    rows = [
        [text(name), *(figure(each.lists_without.get(key)) for key in names)] for name, each in document.sources.items()
    ]
    return table(["source left out", *(LISTS[key] for key in names)], rows, "The product's lists without one source.")


def _slices(document: Document) -> str:
    first = next(iter(document.systems.values()), None)
    if first is None or not first.slices:
        return ""
    keys = {**P_LIKE, "recall_at_20": "Recall@20", "mutual_recall_at_20": "mutual Recall@20"}
    rows = []
    for name, part in first.slices.items():
        known = {**part.lists, **part.p_like_delayed}
        counts = [f"{part.rows:,}" if part.rows else "–", f"{part.viewers:,}" if part.viewers else "–"]
        rows.append([text(name.replace("_", " ")), *counts, *(figure(known.get(key)) for key in keys)])
    caption = "Cold: part of at most 2 decisions before the cut; unseen: of none; from: the viewer's side."
    return table(["slice", "decisions", "lists", *keys.values()], rows, caption)


def _protocol(document: Document) -> str:
    protocol, counts = document.protocol, document.counts
    facts = {
        "Chosen on": protocol.train_until and f"{protocol.train_until} to {protocol.validate_until}",
        "Tested to": protocol.test_until,
        "Candidates": protocol.candidate_set,
        "Brought by the first stage": protocol.candidates,
        "Decisions before": f"{counts.past_decisions:,}" if counts.past_decisions else None,
        "Decisions with somebody unseen": f"{counts.unseen_decisions:,}" if counts.unseen_decisions else None,
        "No list": "; ".join(f"{why}: {number:,}" for why, number in counts.left_out.items()),
        "Intervals": protocol.interval,
        "Seed": protocol.seed,
        "Seconds": f"{sum(document.seconds.values()):.0f}",
    }
    items = "".join(
        f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in facts.items() if value not in (None, "")
    )
    return f"<dl>{items}</dl>"


def _notes(document: Document) -> str:
    return "<ul>" + "".join(f"<li>{text(each)}</li>" for each in document.notes) + "</ul>" if document.notes else ""
