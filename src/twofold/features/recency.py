"""When somebody was last there: features of both sides' activity."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Floats
from twofold.domain.time import MICROS_PER_DAY
from twofold.features.definition import FeatureInput, feature
from twofold.features.side import Side

MICROS_PER_HOUR = MICROS_PER_DAY // 24
# Beyond ten years nobody is more absent.
LONGEST_HOURS = 87_600.0


@feature(turned="candidate_hours_since_active")
def viewer_hours_since_active(rows: FeatureInput) -> Floats:
    """log(1 + hours since the viewer's last act, or word of being active); NaN when there was none."""
    return hours_since_active(rows.viewer)


@feature(turned="viewer_hours_since_active")
def candidate_hours_since_active(rows: FeatureInput) -> Floats:
    """log(1 + hours since the candidate's last act, or word of being active); NaN when there was none."""
    return hours_since_active(rows.candidate)


@feature(of="viewer")
def viewer_recent_activity(rows: FeatureInput) -> Floats:
    """log(1 + events with the viewer as actor in the 30 UTC days that end with the moment's own)."""
    return np.log1p(rows.viewer.given.recent).astype(np.float32)


@feature(of="candidate", twin="viewer_recent_activity")
def candidate_recent_activity(rows: FeatureInput) -> Floats:
    """log(1 + events with the candidate as actor in the 30 UTC days that end with the moment's own)."""
    return np.log1p(rows.candidate.given.recent).astype(np.float32)


def hours_since_active(side: Side) -> Floats:
    """log(1 + hours); NaN when nothing is known."""
    moments, said = side.as_of.moments, side.profile.seen
    last = np.maximum(side.last_act, np.where(said < moments, said, 0))
    hours = np.clip((moments - last) / MICROS_PER_HOUR, 0, LONGEST_HOURS)
    return np.where(last == 0, np.nan, np.log1p(hours)).astype(np.float32)
