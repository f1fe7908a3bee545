"""The three plots of a report, each with its figures behind it."""

from __future__ import annotations

from itertools import pairwise

from twofold.evaluation.document import Document, Point
from twofold.evaluation.page.charts import Axes, bars, lines
from twofold.evaluation.page.markup import behind, figure, table, text

# More curves than colours make a plot nobody reads; the tables hold all of them.
MOST_CURVES = 7
PREFERRED = (
    "twofold",
    "random",
    "popularity",
    "popularity_half_life",
    "incoming_then_half_life",
    "friends_of_friends",
    "als_harmonic",
    "four_rates",
)
DEPTHS = {"recall_at_100": "@100", "recall_at_200": "@200", "recall_at_500": "@500"}
CONSTANT = 1e-6  # a system that always says the same has one point and no curve
SHOWN_AT = (0.5, 0.8, 0.9, 0.95, 0.99)


def calibration(document: Document) -> str:
    """What was said against what was seen."""
    curves = {name: points for name, points in document.reliability.items() if len(points) > 1}
    curves = {name: points for name, points in curves.items() if points[-1].said - points[0].said > CONSTANT}
    if not curves:
        return ""
    series = {name: [Point(each.said, each.seen) for each in points] for name, points in curves.items()}
    chart = lines(Axes("P(like) that was said", "share that was liked"), series, dots=True, diagonal="as said")
    rows = [
        [text(name), str(number + 1), f"{each.rows:,}", f"{each.said:.3f}", f"{each.seen:.3f}"]
        for name, points in curves.items()
        for number, each in enumerate(points)
    ]
    data = table(["system", "bin", "decisions", "said", "seen"], rows, "Ten bins of equal mass.")
    return behind(chart, data, "Calibration", "On the diagonal a probability is what it says. Ten bins of equal mass.")


def lorenz_curves(document: Document) -> str:
    """How evenly showings are spread."""
    some = {name: document.lorenz[name] for name in PREFERRED if document.lorenz.get(name)}
    some = dict(list(some.items())[:MOST_CURVES])
    if not some:
        return ""
    axes = Axes("share of people, least shown first", "share of all showings")
    chart = lines(axes, some, dots=False, diagonal="all shown alike")
    rows = [
        [text(name), *(f"{_at(points, place):.1%}" for place in SHOWN_AT)]
        for name, points in document.lorenz.items()
        if points
    ]
    headers = ["system", *(f"least shown {place:.0%}" for place in SHOWN_AT)]
    data = table(headers, rows, "Share of all showings that the least shown people get together.")
    note = "The farther below the diagonal, the fewer people get the showings."
    return behind(chart, data, "Lorenz curve of exposure", note)


def recall_by_source(document: Document) -> str:
    """What each source of the first stage finds alone."""
    groups = {
        name: [(words, each.alone[key]) for key, words in DEPTHS.items() if key in each.alone]
        for name, each in document.sources.items()
    }
    groups = {name: items for name, items in groups.items() if items}
    if not groups:
        return ""
    most = max(value.high for items in groups.values() for _, value in items) or 1.0
    chart = bars(groups, "recall of later likes, 95 % intervals", most)
    rows = [[text(name), *(figure(document.sources[name].alone.get(key)) for key in DEPTHS)] for name in groups]
    data = table(["source", *(f"Recall{words}" for words in DEPTHS.values())], rows, "Each source alone.")
    return behind(chart, data, "Recall by source", "Each source alone, at three depths, before any ranking.")


def _at(points: list[Point], place: float) -> float:
    """The curve's height at a place, between its points."""
    for one, other in pairwise(points):
        if one.x <= place <= other.x:
            across = (place - one.x) / (other.x - one.x) if other.x > one.x else 0.0
            return one.y + across * (other.y - one.y)
    return points[-1].y
