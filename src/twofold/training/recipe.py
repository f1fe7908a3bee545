"""How to train: what a version is made by, beside the data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from msgspec import ValidationError, convert

from twofold.domain.errors import Damaged, InvalidInput
from twofold.domain.model import RANKING_AFTER, ModelRecord, ModelType
from twofold.domain.time import MICROS_PER_DAY
from twofold.features.spec import VERSIONS, version_of
from twofold.models.artifact import REMEDY

# The others are the heuristic's and the relevance head's own.
TRAINED = tuple(name for name in VERSIONS if name not in ("h1", "r1"))
RANKERS = (ModelType.LOGISTIC, ModelType.GBDT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a training is asked to make.

    Args:
        ranker: type of the second stage.
        features: feature version it reads.
        delay_days: by how much features look back from a decision that answers no list that was shown. Decisions come
            in bursts (a like, and the like back within the hour): features of the very moment would learn from what
            serving cannot know when it makes the list.
        utility: name of what combines both directions; only how much else counts is chosen by it.
        frozen_at: for data that came in one sitting: vectors are of what was before this moment, rows are what came
            after it, with features as of it. None: split by time.
        least_decisions: below so many no ranker is trained.
        seed: equal seeds on equal data give equal models.

    >>> Recipe().features
    'v2'
    """

    ranker: ModelType = ModelType.LOGISTIC
    features: str = "v2"
    delay_days: float = 1.0
    utility: str = "product"
    frozen_at: int | None = None
    least_decisions: int = RANKING_AFTER
    seed: int = 0

    def __post_init__(self) -> None:
        version_of(self.features)
        if self.features not in TRAINED:
            raise InvalidInput("features", f"a version that a ranker learns from: {', '.join(TRAINED)}")
        if self.ranker not in RANKERS:
            raise InvalidInput("ranker", f"one of {', '.join(RANKERS)}")
        if not 0 <= self.delay_days <= 365:
            raise InvalidInput("delay_days", "a number of days from 0 to 365")

    @property
    def delay(self) -> int:
        """In microseconds."""
        return int(self.delay_days * MICROS_PER_DAY)

    @property
    def words(self) -> str:
        """For people.

        >>> Recipe().words
        'ranker logistic, features v2 with a delay of 1 day, utility product, seed 0'
        """
        days = f"{self.delay_days:g} day{'' if self.delay_days == 1 else 's'}"
        return (
            f"ranker {self.ranker}, features {self.features} with a delay of {days}, utility {self.utility}, "
            f"seed {self.seed}"
        )

    def to_document(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "ranker": self.ranker.value}

    def makes_the_same_as(self, other: Recipe) -> bool:
        """Whether the two differ in nothing but what chance draws from.

        >>> Recipe(seed=1).makes_the_same_as(Recipe(seed=2)), Recipe().makes_the_same_as(Recipe(features="v1"))
        (True, False)
        """
        return replace(self, seed=0) == replace(other, seed=0)

    @classmethod
    def from_document(cls, document: object) -> Recipe:
        """Read back.

        Raises:
            Damaged: it is not a recipe's.
            NotFound: it names features that this release has not.
        """
        try:
            if isinstance(document, dict) and set(document) <= {each.name for each in fields(cls)}:
                return convert(document, cls)
        except (ValidationError, InvalidInput):
            pass
        raise Damaged(f"the recipe of the model is not one of this release; {REMEDY}")

    @classmethod
    def of(cls, record: ModelRecord, document: object) -> Recipe:
        """The recipe that a version's artifact holds; older ones hold none (None): the defaults for their features."""
        if document is not None:
            return cls.from_document(document)
        return cls(ranker=record.type, features=record.feature_version or cls().features)
