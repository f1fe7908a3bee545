"""What a model knows of labels, counted when it was trained: how rare interests are, and what they say of likes."""

from __future__ import annotations

from dataclasses import dataclass, field

from twofold.models.habits import Habits
from twofold.models.rarity import Rarity


@dataclass(frozen=True)
class Lore:
    """Tables by label that features read and that stay as they were at training.

    >>> Lore().rarity.by_label
    {}
    """

    rarity: Rarity = field(default_factory=lambda: Rarity({}))
    habits: Habits = field(default_factory=Habits)
