"""What was shown: the record that exposure limits, audits and experiments are computed from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from twofold.domain.answer import Item
from twofold.domain.candidate import Floats, Keys
from twofold.domain.time import Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Impression:
    """One person shown to one viewer at one position of one list.

    Args:
        viewer, candidate: person keys.
        position: 1 is the top.
        score: what ordered the list.
        p_viewer_likes: the calibrated probability; None when the heuristic ordered the list.
        p_candidate_likes: the calibrated probability that the candidate likes the viewer; None when nothing calibrated
            said so.
        propensity: the probability that this person was shown at this position, for a drawn (exploration) person;
            None where nothing was drawn.
        model: the version that ranked, or ``heuristic``.
        log_position: what the population had seen.
        features: the row the ranker saw, for a sample of the lists that were made; None otherwise, and on a list that
            was made before and shown again.
    """

    request_id: str
    viewer: int
    candidate: int
    position: int
    at: Micros
    score: float
    p_viewer_likes: float | None
    propensity: float | None
    sources: tuple[str, ...]
    model: str
    feature_version: str | None
    log_position: int
    features: tuple[float, ...] | None = None
    p_candidate_likes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownList(Collection[Impression]):
    """The impressions of one list, side by side; each becomes an object when it is read, which is after the answer.

    Args:
        items: (k,) of the answer.
        keys, propensities: (k,) as in `Impression`.
        features: (k, d) what the ranker saw; None where it is not kept.
    """

    request_id: str
    viewer: int
    at: Micros
    items: Sequence[Item]
    keys: Keys
    propensities: Sequence[float | None]
    model: str
    feature_version: str | None
    log_position: int
    features: Floats | None = None

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, shown: object) -> bool:
        return any(each == shown for each in self)

    def __iter__(self) -> Iterator[Impression]:
        saw = repeat(None, len(self)) if self.features is None else map(tuple, self.features.tolist())
        columns = self.items, self.keys.tolist(), self.propensities, saw
        for item, key, propensity, features in zip(*columns, strict=True):
            yield Impression(
                request_id=self.request_id,
                viewer=self.viewer,
                candidate=key,
                position=item.position,
                at=self.at,
                score=item.score,
                p_viewer_likes=item.p_viewer_likes,
                p_candidate_likes=item.p_candidate_likes,
                propensity=propensity,
                sources=item.sources,
                model=self.model,
                feature_version=self.feature_version,
                log_position=self.log_position,
                features=features,
            )
