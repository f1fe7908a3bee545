"""The answer to "whom should this person see next?", and to "why this person?"."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Item:
    """One person of a list.

    ``person``, ``position`` and ``reason`` are public: the app may show them to the viewer. ``score``, which orders the
    list, and ``sources`` are for the app's backend only. The two calibrated probabilities, of the viewer liking this
    person and of this person liking the viewer, are for operators only; None where nothing calibrated says so.
    """

    person: str
    score: float
    p_viewer_likes: float | None
    p_candidate_likes: float | None
    sources: tuple[str, ...]
    reason: str
    position: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One list and how it came about; the JSON over HTTP and of `twofold recommend --json`.

    ``removed`` counts people who were left out, by reason, and ``timings_ms`` the milliseconds per stage; both are for
    the app's backend only. ``degraded`` says that something intended could not be used.
    """

    request_id: str
    person: str
    items: tuple[Item, ...]
    model: str
    features: str
    degraded: bool
    removed: dict[str, int]
    timings_ms: dict[str, float]

    def without_probabilities(self) -> Answer:
        """As everyone but operators sees it."""
        items = tuple(
            Item(item.person, item.score, None, None, item.sources, item.reason, item.position) for item in self.items
        )
        return replace(self, items=items)


@dataclass(frozen=True, slots=True)
class Moved:
    """How one feature moved one score, in the ranker's own scale (log odds for the logistic ranker)."""

    feature: str
    value: float | None
    moved: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one person is, or is not, recommended to one viewer; for operators only.

    ``removed`` is the reason why the candidate may not be shown (None: may be shown); ``sources`` the own score of each
    source that brought them; ``position`` their place in the list of ``list_length``, None when they are not in it.
    """

    viewer: str
    candidate: str
    eligible: bool
    removed: str | None
    sources: dict[str, float]
    position: int | None
    list_length: int
    score: float | None
    p_viewer_likes: float | None
    p_candidate_likes: float | None
    reason: str | None
    moved: tuple[Moved, ...]
    model: str
    features: str
    degraded: bool
