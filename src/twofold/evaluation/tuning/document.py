"""What a tuning found, as one document: what ``--json`` writes."""

from __future__ import annotations

import msgspec

from twofold.evaluation.document import DataFacts, Figure, Figures, Source

TUNED = "tuned"
BALANCED = "balanced"
CONFIGURED = "configured"


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One way to share the candidates.

    Args:
        shares: by source, in the order of filling up.
        chosen_on: the metric on the viewers whom the search looked at.
        lists: recall_at_20, mutual_recall_at_20 and ndcg of the other viewers.
        gain: by how much the tuned quotas are better in the metric, on those; None of themselves.
    """

    shares: dict[str, float]
    chosen_on: float
    lists: Figures
    gain: Figure | None = None


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report. Moments are ISO 8601.

    Args:
        metric: both, recall or mutual.
        train_until, validate_until: trained before the first and measured between the two; nothing later is looked at.
        viewers_searched, viewers_judged: lists per quotas in the search, and of others, on whom it is judged.
        tried: how many quotas the search asked for.
        quotas: the tuned ones first, then what they are compared with.
        better: whether the gain over balanced, and over what is configured, has its interval above zero.
        sources: each alone, and the lists without it, with the tuned quotas.
    """

    data: DataFacts
    metric: str
    train_until: str
    validate_until: str
    candidates: int
    seed: int
    viewers_searched: int
    viewers_judged: int
    tried: int
    quotas: dict[str, Judged]
    better: bool
    sources: dict[str, Source]
    model: str
    notes: list[str]
    seconds: dict[str, float]

    @property
    def tuned(self) -> Judged:
        """The chosen quotas."""
        return self.quotas[TUNED]
