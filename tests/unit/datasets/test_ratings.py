"""Ratings on made-up rows: bitcoin-otc and MovieLens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from twofold.domain.errors import InvalidInput
from twofold.evaluation.datasets import bitcoin_otc, movielens

Source = Callable[[str, list[list[object]]], Path]
OTC: list[object] = ["from", "to", "feature", "time"]


def test_traders_and_their_ratings(source_file: Source, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        OTC,
        [6, 2, 4, "1289241911.72836"],
        [2, 6, -1, "1289241900"],
        [2, 5, 5, "1289241999.5"],
        [5, 2, 0, 1],
    ]
    source = source_file("soc-sign-bitcoinotc.csv", rows).parent
    summary = bitcoin_otc.prepare_bitcoin_otc(source, tmp_path / "out")
    assert summary.events_path.read_text().splitlines() == [
        "actor,target,kind,at",
        "2,6,dislike,2010-11-08T18:45:00Z",
        "6,2,like,2010-11-08T18:45:11.728360Z",
        "2,5,super_like,2010-11-08T18:46:39.500000Z",
    ]
    assert summary.people_path.read_text().splitlines() == [
        "id,created_at",
        "2,2010-11-08T18:45:00Z",
        "6,2010-11-08T18:45:00Z",
        "5,2010-11-08T18:46:39.500000Z",
    ]
    assert summary.dropped == {"rating_of_zero": 1}
    assert "--admit-age-unknown" in summary.notes[0]


@pytest.mark.parametrize(
    ("rating", "kind"), [(10, "super_like"), (5, "super_like"), (4, "like"), (1, "like"), (-1, "dislike"), (0, None)]
)
def test_trust_as_kinds(rating: int, kind: str | None) -> None:
    assert bitcoin_otc.kind_of(rating) == kind


@pytest.mark.parametrize(
    ("stars", "kind"),
    [(5, "super_like"), (4.5, "super_like"), (4, "like"), (3.5, "like"), (3, "pass"), (2.5, "pass"), (2, "dislike")],
)
def test_stars_as_kinds(stars: float, kind: str) -> None:
    assert movielens.kind_of(stars) == kind


def test_films_are_people_who_never_view(source_file: Source, tmp_path: Path) -> None:
    source_file(
        "movies.csv.gz",
        [["movieId", "title", "genres"], [1, "A, B (1995)", "Comedy|Sci-Fi"], [2, "C", "(no genres listed)"]],
    )
    ratings: list[list[object]] = [
        ["userId", "movieId", "rating", "timestamp"],
        [7, 1, 3.5, 1_000],
        [3, 1, 2, 500],
        [3, 9, 5, 600],
    ]
    source = source_file("ratings.csv.gz", ratings).parent
    summary = movielens.prepare_movielens(source, tmp_path / "out")
    assert summary.people_path.read_text().splitlines() == [
        "id,gender,seeking,interests,created_at,active",
        "u3,viewer,film,,1970-01-01T00:08:20Z,true",
        "u7,viewer,film,,1970-01-01T00:16:40Z,true",
        "m1,film,viewer,Comedy;Sci-Fi,1970-01-01T00:08:20Z,true",
        "m2,film,viewer,,,true",
    ]
    assert summary.events_path.read_text().splitlines()[1:] == [
        "u3,m1,dislike,1970-01-01T00:08:20Z",
        "u7,m1,like,1970-01-01T00:16:40Z",
    ]
    assert summary.dropped == {"film_not_listed": 1}


@pytest.mark.parametrize("time", ["-1", "nan", "1e300", "soon", ""])
def test_times_that_are_none(source_file: Source, tmp_path: Path, time: str) -> None:
    source = source_file("soc-sign-bitcoinotc.csv", [OTC, [1, 2, 3, time]]).parent
    with pytest.raises(InvalidInput, match="line 2, time"):
        bitcoin_otc.prepare_bitcoin_otc(source, tmp_path / "out")
