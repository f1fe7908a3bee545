"""Choosing on the part before the cut: who was liked in it, and what a baseline of the part before finds of that."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Keys
from twofold.evaluation.baselines.contract import Baseline, Past
from twofold.metrics.lists import recall_at
from twofold.metrics.ties import best

K = 20
MOST_VIEWERS = 300  # a choice among a handful needs no more
FEWEST_VIEWERS = 10


def later_likes(past: Past, early: Past, rng: np.random.Generator) -> dict[int, Keys]:
    """Whom each of some viewers liked in validation and had not decided on before."""
    pair = past.likes.actor * past.people + past.likes.target
    seen = early.decisions.actor * past.people + early.decisions.target
    fresh = past.likes.take((past.likes.at >= early.cut) & ~np.isin(pair, seen))
    viewers = rng.permutation(np.unique(fresh.actor))[:MOST_VIEWERS]
    return {int(viewer): fresh.target[fresh.actor == viewer] for viewer in viewers}


def recall_of(baseline: Baseline, early: Past, wanted: dict[int, Keys], seed: int) -> float:
    """Mean Recall@20 of the baseline's lists among people not decided on early."""
    rng, everyone = np.random.default_rng(seed), np.arange(early.people)
    found = []
    for viewer, targets in wanted.items():
        scores = baseline.scores(viewer, everyone)
        scores[early.decisions.target[early.decisions.actor == viewer]] = -np.inf
        scores[viewer] = -np.inf
        found.append(recall_at(best(scores, K, rng).tolist(), set(targets.tolist()), K))
    return float(np.mean(found))
