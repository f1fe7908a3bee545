"""MovieLens latest-small: people rate films. Films are people who never view, so that the whole pipeline runs on it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from twofold.evaluation.datasets.prepared import Prepared, PreparedSummary, moment_text
from twofold.evaluation.datasets.source import find, label_of, moment_of, number, rows

FOLDER = "movielens-latest-small"
NAME = "movielens"
RATINGS, FILMS = "ratings.csv", "movies.csv"
HEADER = ("id", "gender", "seeking", "interests", "created_at", "active")
NO_GENRES = "(no genres listed)"
Rating = tuple[int, str, str, str]  # at, user, film, kind


def kind_of(stars: float) -> str:
    """The kind of event a rating of 0.5 to 5 stars is.

    >>> [kind_of(stars) for stars in (5, 3.5, 3, 2.5, 2)]
    ['super_like', 'like', 'pass', 'pass', 'dislike']
    """
    if stars >= 4.5:  # a little less than a quarter of the ratings
        return "super_like"
    if stars >= 3.5:  # with those above, three in five ratings
        return "like"
    return "dislike" if stars < 2.5 else "pass"


def prepare_movielens(source: Path, target: Path) -> PreparedSummary:
    """Write people.csv and events.csv.

    Raises:
        NotFound: when a file is not there.
        InvalidInput: when one is not what its README describes.
    """
    genres = _genres(find(source, FOLDER, FILMS))
    dropped: Counter[str] = Counter()
    ratings = _ratings(find(source, FOLDER, RATINGS), genres, dropped)
    first: dict[str, int] = {}
    for at, user, film, _ in ratings:
        first.setdefault(user, at)
        first.setdefault(film, at)
    people = [[id_, "viewer", "film", "", moment_text(at), "true"] for id_, at in first.items() if id_ not in genres]
    people += [
        [film, "film", "viewer", ";".join(labels), moment_text(first[film]) if film in first else "", "true"]
        for film, labels in genres.items()
    ]
    events = [[user, film, kind, moment_text(at)] for at, user, film, kind in ratings]
    notes = ("no birth dates are known: import people with --admit-age-unknown",)
    return Prepared(HEADER, people, events, dropped, notes).write(NAME, target)


def _genres(path: Path) -> dict[str, list[str]]:
    """The genres of every film, by id."""
    found: dict[str, list[str]] = {}
    for line, (film, genres) in rows(path, ("movieId", "genres")):
        labels = [label for label in genres.split("|") if label not in ("", NO_GENRES)]
        found["m" + label_of(path, line, "movieId", film)] = labels
    return found


def _ratings(path: Path, films: dict[str, list[str]], dropped: Counter[str]) -> list[Rating]:
    """By time; ratings of films that are not listed are dropped."""
    found: list[Rating] = []
    for line, (user, film, stars, time) in rows(path, ("userId", "movieId", "rating", "timestamp")):
        film_id = "m" + label_of(path, line, "movieId", film)
        if film_id not in films:
            dropped["film_not_listed"] += 1
            continue
        at = moment_of(path, line, "timestamp", time)
        user_id = "u" + label_of(path, line, "userId", user)
        found.append((at, user_id, film_id, kind_of(number(path, line, "rating", stars))))
    found.sort(key=lambda rating: rating[0])
    return found
