"""What was shown: the record that exposure limits, audits and experiments are computed from."""

from __future__ import annotations

from dataclasses import dataclass

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
