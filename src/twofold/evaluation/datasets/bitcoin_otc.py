"""Bitcoin-OTC: traders rate traders from -10 to 10. Nothing is known of them but their ratings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from twofold.domain.time import Micros
from twofold.evaluation.datasets.prepared import Prepared, PreparedSummary, moment_text
from twofold.evaluation.datasets.source import find, label_of, moment_of, number, rows

FOLDER = "bitcoin-otc"
FILE = "soc-sign-bitcoinotc.csv"
COLUMNS = ("from", "to", "feature", "time")
HEADER = ("id", "created_at")
SUPER = 5  # the middle of the positive scale: below it stands the first, careful rating that most give


def kind_of(rating: float) -> str | None:
    """The kind of event a rating is; 0 says nothing.

    >>> kind_of(7), kind_of(1), kind_of(-10)
    ('super_like', 'like', 'dislike')
    """
    if rating >= SUPER:
        return "super_like"
    if rating > 0:
        return "like"
    return "dislike" if rating < 0 else None


def prepare_bitcoin_otc(source: Path, target: Path) -> PreparedSummary:
    """Write people.csv and events.csv.

    Raises:
        NotFound: when the file is not there.
        InvalidInput: when it is not what its README describes.
    """
    path = find(source, FOLDER, FILE)
    dropped: Counter[str] = Counter()
    events: list[tuple[Micros, str, str, str]] = []
    for line, (giver, receiver, rating, time) in rows(path, COLUMNS):
        kind = kind_of(number(path, line, "feature", rating))
        if kind is None:
            dropped["rating_of_zero"] += 1
            continue
        at = moment_of(path, line, "time", time)
        events.append((at, label_of(path, line, "from", giver), label_of(path, line, "to", receiver), kind))
    events.sort(key=lambda event: event[0])
    first: dict[str, int] = {}
    for at, giver, receiver, _ in events:
        first.setdefault(giver, at)
        first.setdefault(receiver, at)
    people = [[id_, moment_text(at)] for id_, at in first.items()]
    lines = [[giver, receiver, kind, moment_text(at)] for at, giver, receiver, kind in events]
    notes = ("no birth dates are known: import people with --admit-age-unknown",)
    return Prepared(HEADER, people, lines, dropped, notes).write(FOLDER, target)
