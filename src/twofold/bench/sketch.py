"""The founding sketch, built to the letter beside the product: what its design costs at the same size.

Per list: the nearest of all people by inner product (`IndexFlatIP`), everybody of the same place and nearly the same
age read from SQL and scored one by one, strangers by ``ORDER BY random()``, nine features per candidate read from SQL
one by one, one prediction by scikit-learn, and a sort. One client, one list after the other, in this process, through
plain `sqlite3`: an ORM, a network and a second client would only make it slower.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import faiss
import msgspec
import numpy as np

from twofold.bench.spread import Spread
from twofold.domain.candidate import Doubles, Floats, Keys

CANDIDATES, SHOWN = 100, 20
SHARES = (0.50, 0.33)  # collaborative, content; the rest is chance
YEARS = timedelta(days=round(5 * 365.25))  # "similar age"
FEATURES = 9

Predict = Callable[[Doubles], Doubles]
"""Nine features a row (m, 9) to the probability of a like (m,)."""

_TABLES = """
CREATE TABLE sketch_features (user_id INTEGER PRIMARY KEY, feature_set TEXT NOT NULL);
CREATE INDEX sketch_place ON people (place, birth_date);
CREATE INDEX sketch_actor ON events (actor);
"""


class SketchReport(msgspec.Struct, frozen=True, kw_only=True):
    """The sketch, measured. ``parts``: milliseconds of each; ratios: how many times as long it takes as the product.

    ``ratio``: to the product's first row, under load; ``alone``: to the product's lists for one client that asks for
    one list after the other, as the sketch is asked.
    """

    ms: Spread
    parts: dict[str, Spread]
    prepare_seconds: float
    ratio_p50: float | None = None
    ratio_p99: float | None = None
    alone_p50: float | None = None
    alone_p99: float | None = None

    def beside(self, loaded: Spread, alone: Spread) -> SketchReport:
        """The same with the ratios to the product's times."""
        return msgspec.structs.replace(
            self,
            ratio_p50=round(self.ms.p50 / loaded.p50, 2),
            ratio_p99=round(self.ms.p99 / loaded.p99, 2),
            alone_p50=round(self.ms.p50 / alone.p50, 2),
            alone_p99=round(self.ms.p99 / alone.p99, 2),
        )


@dataclass(frozen=True, slots=True)
class _Parts:
    collaborative: float
    content: float
    random: float
    features: float
    predict: float


class Sketch:
    """The sketch on a copy of the product's database, to which it adds its own table and the indexes it hopes for.

    Args:
        vectors: (n, d) one per person; rows are keys.
        features: (n, 9) what its feature store holds.
        predict: the fitted model's.
    """

    def __init__(self, database: Path, vectors: Floats, features: Doubles, predict: Predict) -> None:
        start = time.perf_counter()
        self._connection = sqlite3.connect(database)
        self._vectors = np.ascontiguousarray(vectors, np.float32)
        self._predict = predict
        self._index = faiss.IndexFlatIP(self._vectors.shape[1])
        self._index.add(self._vectors)
        self._connection.executescript(_TABLES)
        rows = ((key, json.dumps(row)) for key, row in enumerate(features.tolist()))
        with self._connection:
            self._connection.executemany("INSERT INTO sketch_features VALUES (?, ?)", rows)
        self.prepare_seconds = round(time.perf_counter() - start, 2)

    def close(self) -> None:
        """Leave the database."""
        self._connection.close()

    def measure(self, viewers: Keys) -> SketchReport:
        """One list for each viewer, one after the other."""
        self.recommend(int(viewers[0]))
        parts = [self.recommend(int(viewer))[1] for viewer in viewers.tolist()]
        names = tuple(_Parts.__dataclass_fields__)
        spent = {name: np.array([getattr(each, name) for each in parts]) for name in names}
        return SketchReport(
            ms=Spread.of(np.sum(list(spent.values()), axis=0)),
            parts={name: Spread.of(each) for name, each in spent.items()},
            prepare_seconds=self.prepare_seconds,
        )

    def recommend(self, viewer: int) -> tuple[list[int], _Parts]:
        """The list, and seconds per part."""
        marks = [time.perf_counter()]
        decided = self._connection.execute("SELECT target FROM events WHERE actor = ?", (viewer,)).fetchall()
        excluded = {viewer, *(row[0] for row in decided)}
        chosen = self._collaborative(viewer, excluded, int(CANDIDATES * SHARES[0]))
        marks.append(time.perf_counter())
        chosen += self._content(viewer, excluded, int(CANDIDATES * SHARES[1]))
        marks.append(time.perf_counter())
        chosen += self._random(excluded, CANDIDATES - len(chosen))
        marks.append(time.perf_counter())
        chosen = list(dict.fromkeys(chosen))
        values = [self._features(key) for key in chosen]
        marks.append(time.perf_counter())
        scores = self._predict(np.array(values)) if values else np.empty(0)
        ranked = [chosen[place] for place in np.argsort(-scores)[:SHOWN].tolist()]
        marks.append(time.perf_counter())
        return ranked, _Parts(*np.diff(marks).tolist())

    def _collaborative(self, viewer: int, excluded: set[int], count: int) -> list[int]:
        found = self._index.search(self._vectors[viewer][None], CANDIDATES)[1][0].tolist()
        return [key for key in found if key not in excluded][:count]

    def _content(self, viewer: int, excluded: set[int], count: int) -> list[int]:
        """Everybody of the place within five years of age, scored one by one."""
        mine = self._connection.execute(
            "SELECT birth_date, place, interests FROM people WHERE key = ?", (viewer,)
        ).fetchone()
        born, interests = date.fromisoformat(mine[0]), set(json.loads(mine[2]))
        rows = self._connection.execute(
            "SELECT key, birth_date, place, interests FROM people WHERE place = ? AND birth_date BETWEEN ? AND ?",
            (mine[1], (born - YEARS).isoformat(), (born + YEARS).isoformat()),
        ).fetchall()
        scored = [(_content_score(born, interests, row), row[0]) for row in rows if row[0] not in excluded]
        scored.sort(reverse=True)
        return [key for _, key in scored[:count]]

    def _random(self, excluded: set[int], count: int) -> list[int]:
        out = ",".join(map(str, excluded))
        query = f"SELECT key FROM people WHERE key NOT IN ({out}) ORDER BY random() LIMIT ?"
        return [row[0] for row in self._connection.execute(query, (count,))]

    def _features(self, key: int) -> list[float]:
        row = self._connection.execute("SELECT feature_set FROM sketch_features WHERE user_id = ?", (key,)).fetchone()
        return [float(value) for value in json.loads(row[0])]


def _content_score(born: date, interests: set[str], row: Sequence[str]) -> float:
    """0.3 for age, 0.3 for the place, 0.4 for interests in common (Jaccard)."""
    apart = abs((born - date.fromisoformat(row[1])).days) / 365.25
    theirs = set(json.loads(row[3]))
    union = len(interests | theirs)
    return max(0.0, 1 - apart / 10) * 0.3 + 0.3 + (len(interests & theirs) / union if union else 0.0) * 0.4


def sketch_features(database: Path, vectors: Floats, now: int) -> Doubles:
    """(n, 9) the sketch's features of everybody: age, days since the account began, interests, acts, share of likes,
    acts of the last 30 days, days with acts among them, and the vector's length and share of zeros."""
    people = len(vectors)
    day = 86_400_000_000
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT key, birth_date, created_at, interests FROM people ORDER BY key").fetchall()
        acts = np.array(
            connection.execute("SELECT actor, kind, at FROM events WHERE kind <= 4").fetchall(), np.int64
        ).reshape(-1, 3)
    features = np.zeros((people, FEATURES))
    today = date.fromtimestamp(now / 1e6)  # noqa: DTZ012
    for key, born, created, interests in rows:
        age = (today - date.fromisoformat(born)).days / 365.25
        features[key, :3] = age, (now - created) / day, interests.count(",") + 1
    features[:, 3] = np.bincount(acts[:, 0], minlength=people)
    features[:, 4] = np.bincount(acts[:, 0], acts[:, 1] <= 2, minlength=people) / np.maximum(features[:, 3], 1)
    recent = acts[acts[:, 2] >= now - 30 * day]
    features[:, 5] = np.bincount(recent[:, 0], minlength=people)
    days = np.unique(recent[:, 0] * 100_000 + recent[:, 2] // day) // 100_000
    features[:, 6] = np.bincount(days, minlength=people)
    features[:, 7] = np.linalg.norm(vectors, axis=1)
    features[:, 8] = (np.abs(vectors) < 1e-6).mean(axis=1)
    return features
