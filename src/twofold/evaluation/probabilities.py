"""How good P(like) is: on all rows, and on parts of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles
from twofold.evaluation.document import Figures, ReliabilityBin, figures
from twofold.metrics.bootstrap import Bootstrap
from twofold.metrics.reliability import reliability


def measured(truth: Doubles, said: Doubles, clusters: NDArray[np.int64], rng: np.random.Generator) -> Figures:
    """AUC, log loss, ECE and average precision of dislikes, with intervals over clusters (viewers, evenings).

    One class alone has no AUC, and nothing said has no figure at all.
    """
    if not len(truth) or not np.isfinite(said).all():
        return {}
    rows = Bootstrap(clusters, rng)
    return figures(
        auc=rows.auc(truth, said),
        log_loss=rows.log_loss(truth, said),
        ece=rows.ece(truth, said),
        dislike_average_precision=rows.average_precision(1 - truth, -said),
    )


def filled(said: Doubles, base: float) -> Doubles:
    """The probabilities, with the base rate where the model cannot tell.

    >>> filled(np.array([0.2, np.nan]), 0.5).tolist()
    [0.2, 0.5]
    """
    return np.where(np.isfinite(said), said, base)


def plotted(truth: Doubles, said: Doubles) -> list[ReliabilityBin]:
    """The reliability plot's points."""
    if not np.isfinite(said).all():
        return []
    return [ReliabilityBin(each.rows, each.said, each.seen) for each in reliability(truth, said)]
