"""The ranker for larger data: gradient-boosted trees, grown and evaluated by LightGBM (extra ``gbdt``).

LightGBM's reader trusts its input: a model text cut in half ends the process. Nothing reaches it here that is not from
a verified artifact and has the right outline; once loaded, it has to score the artifact's golden rows as in training.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from twofold.domain.candidate import Doubles, Floats
from twofold.domain.errors import Damaged, Refused
from twofold.features.spec import version_of
from twofold.models.artifact import JSON, REMEDY, Array
from twofold.models.loaded import RANKER_DOCUMENT, LoadedModel

if TYPE_CHECKING:
    from lightgbm import Booster

KIND = "gbdt"
GOLDEN_FEATURES, GOLDEN_SCORES = "golden_features", "golden_scores"
# Sums of the same figures in the same order: another machine may differ in the last bits, not in the ninth digit.
TOLERANCE = 1e-9

_START, _TREES_END, _END = "tree\n", "end of trees\n", "\npandas_categorical:null\n"


@dataclass(frozen=True, slots=True)
class GbdtParameters:
    """What a fit leaves behind.

    Args:
        names: features in column order.
        text: the trees, as LightGBM writes them; their sum is the log-odds.
        typical: (d,) what an unknown feature counts as, where no training row had an unknown one; None where the trees
            have learnt themselves what unknown means.
        slope: above 0, by how much the log-odds are shrunk (calibration).
        shift: what is added to the log-odds then.

    >>> parameters = GbdtParameters(("age",), "tree...", (40.0,))
    >>> parameters.to_document()["kind"], parameters.to_document()["slope"]
    ('gbdt', 1.0)
    """

    names: tuple[str, ...]
    text: str
    typical: tuple[float | None, ...]
    slope: float = 1.0
    shift: float = 0.0

    def to_document(self) -> dict[str, JSON]:
        """As JSON; `from_document` reads it back exactly."""
        return {
            "kind": KIND,
            "names": [*self.names],
            "trees": self.text,
            "typical": [*self.typical],
            "slope": self.slope,
            "shift": self.shift,
        }

    @property
    def rounds(self) -> int:
        """How many trees there are."""
        return self.text.count("\nTree=")

    def coefficients_by_name(self) -> dict[str, float]:
        """Trees have none."""
        return {}

    def ranker(self, version: str, feature_version: str) -> GbdtRanker:
        """The ranker that serves these."""
        return GbdtRanker(version, feature_version, self)

    @classmethod
    def from_document(cls, document: JSON) -> GbdtParameters:
        """Read back what `to_document` wrote, without loading the trees.

        Raises:
            Damaged: something is missing, not finite or of another length, or the text has not the outline of trees on
                exactly these features.
        """
        if not isinstance(document, dict) or document.get("kind") != KIND:
            raise _damaged("is not a set of trees")
        names, text = document.get("names"), document.get("trees")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise _damaged("does not name its features")
        known = tuple(str(name) for name in names)
        if not isinstance(text, str) or not _is_whole(text, known):
            raise _damaged("has trees that are cut, changed or for other features")
        slope, shift = _finite(document.get("slope")), _finite(document.get("shift"))
        if slope <= 0:
            raise _damaged("has a slope that is not above 0")
        return cls(known, text, _typical(document.get("typical"), len(known)), slope, shift)


class GbdtRanker:
    """P(the viewer likes the candidate) from one row of features.

    An unknown feature (NaN) goes the way that the trees have learnt for it; where no training row had an unknown one,
    it counts as the middle one of the training rows. An infinite feature makes the row NaN. A feature beyond all that
    training has seen counts as the farthest seen.

    Args:
        version: of the model.
        feature_version: whose columns it reads.
        trees: from a verified artifact, or fitted in this process. The outline is not looked at again here.

    Raises:
        Damaged: the trees are not for exactly these features, or LightGBM cannot read them.
        Refused: code ``extra_missing``, when LightGBM is not installed.

    >>> from twofold.features.spec import VERSIONS
    >>> from twofold.training.fitting import Examples
    >>> from twofold.training.trees import fit_trees
    >>> rows = np.random.default_rng(0).random((400, 4), np.float32)
    >>> liked = Examples(rows, (rows[:, 0] > 0.5).astype(np.int8))
    >>> ranker = GbdtRanker("m0001", "h1", fit_trees(liked, VERSIONS["h1"].names, liked, seed=0))
    >>> ranker.predict(np.array([[0.9, 0, 0, 0], [0.1, 0, 0, 0]], np.float32)).round(1).tolist()
    [1.0, 0.0]
    """

    calibrated = True

    def __init__(self, version: str, feature_version: str, trees: GbdtParameters) -> None:
        if trees.names != version_of(feature_version).names:
            raise _damaged("is not for the features that the registry names")
        self.version, self.feature_version, self.parameters = version, feature_version, trees
        self._typical = np.array([np.nan if value is None else value for value in trees.typical], np.float32)
        self._booster = _load(trees.text)

    @classmethod
    def from_model(cls, model: LoadedModel) -> GbdtRanker:
        """The ranker of a loaded model, whose artifact has been verified byte by byte.

        Raises:
            Damaged: the model holds none, or a broken one, or it scores the golden rows otherwise than in training.
            Refused: its features have changed their meaning since it was trained, or LightGBM is not installed.
        """
        record = model.record
        if record.feature_version is None or RANKER_DOCUMENT not in model.artifact.documents:
            raise _damaged("is missing")
        version_of(record.feature_version, record.feature_hash)
        trees = GbdtParameters.from_document(model.artifact.documents[RANKER_DOCUMENT])
        rows, scores = _golden(model.artifact.arrays, len(trees.names))
        ranker = cls(record.version, record.feature_version, trees)
        if not np.abs(ranker.predict(rows) - scores).max() <= TOLERANCE:  # a NaN is not within it either
            raise _damaged("scores its golden rows otherwise than when it was trained")
        return ranker

    def predict(self, features: Floats) -> Doubles:
        """(m, d) -> (m,) probabilities; NaN where a feature is infinite."""
        if not len(features):
            return np.zeros(0)
        # Sharing out a hundred rows among threads would take them from other requests.
        sums = self._booster.predict(self._filled(features), raw_score=True, num_threads=1)
        odds = self.parameters.slope * np.asarray(sums, np.float64) + self.parameters.shift
        probability = 0.5 * (1.0 + np.tanh(0.5 * odds))  # the logistic function, without overflow
        return np.where(np.isinf(features).any(axis=1), np.nan, probability)

    def contributions(self, features: Floats) -> Doubles:
        """(m, d) -> (m, d): how far each feature moved the log-odds from the average training row's.

        Shapley values of the trees (TreeSHAP; Lundberg et al. 2020); a row costs as much as predicting some hundred.
        """
        if not len(features):
            return np.zeros(features.shape)
        moved = self._booster.predict(self._filled(features), pred_contrib=True, num_threads=1)
        return self.parameters.slope * np.asarray(moved, np.float64)[:, :-1]  # the last column is the average itself

    def _filled(self, features: Floats) -> Floats:
        return np.where(np.isnan(features), self._typical, features)


def _load(text: str) -> Booster:
    library = _lightgbm()
    try:
        booster: Booster = library.Booster(model_str=text)
    except library.basic.LightGBMError as error:
        raise _damaged("has trees that LightGBM does not read") from error
    return booster


def _lightgbm() -> ModuleType:
    """The library, imported when the first trees are loaded: servers of other models do without it."""
    try:
        with _kept_out("sklearn"):
            import lightgbm
    except ImportError:
        message = 'the model needs LightGBM: pip install "twofold[gbdt]", or roll back to another version'
        raise Refused("extra_missing", message) from None
    return lightgbm


@contextmanager
def _kept_out(name: str) -> Iterator[None]:
    """Make a package seem missing, unless it is here already.

    LightGBM brings scikit-learn along where it finds it, for classes that are of no use here: 2.2 s and 80 MB of a
    server instead of 0.5 s and 18 MB (docs/adr/0006-rankers.md). None in `sys.modules` is Python's own word for it.
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def _is_whole(text: str, names: tuple[str, ...]) -> bool:
    """Whether a text has the outline of one sum of trees on these features, from the first line to the last.

    The header gives the length of each tree, which LightGBM's reader follows blindly.
    """
    if not (text.isascii() and text.startswith(_START) and text.endswith(_END)):
        return False
    head, _, body = text.partition("\n\n")
    said = dict(line.partition("=")[::2] for line in head.splitlines())
    sizes = said.get("tree_sizes", "").split()
    expected = {
        "num_class": "1",
        "num_tree_per_iteration": "1",
        "objective": "binary sigmoid:1",
        "max_feature_idx": str(len(names) - 1),
        "feature_names": " ".join(names),
    }
    if not sizes or any(said.get(key) != value for key, value in expected.items()):
        return False
    if not all(re.fullmatch(r"\d{1,9}", size) for size in sizes):
        return False
    place = 0
    for number, size in enumerate(sizes):
        if not body.startswith(f"Tree={number}\n", place):
            return False
        place += int(size)
    return body.startswith(_TREES_END, place)


def _golden(arrays: Mapping[str, Array], width: int) -> tuple[Floats, Doubles]:
    rows, scores = arrays.get(GOLDEN_FEATURES), arrays.get(GOLDEN_SCORES)
    if rows is None or scores is None:
        raise _damaged("has no golden rows")
    fits = rows.ndim == 2 and rows.shape[1] == width and scores.shape == (len(rows),) and len(rows) > 0
    if not fits or rows.dtype != np.float32 or scores.dtype != np.float64:
        raise _damaged("has golden rows of another shape or type")
    return rows, scores


def _typical(values: JSON, length: int) -> tuple[float | None, ...]:
    if not isinstance(values, list) or len(values) != length:
        raise _damaged("has columns of unequal length")
    return tuple(None if value is None else _finite(value) for value in values)


def _finite(value: JSON) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _damaged("holds something that is not a finite figure")
    return float(value)


def _damaged(what: str) -> Damaged:
    return Damaged(f"the ranker of the model {what}; {REMEDY}")
