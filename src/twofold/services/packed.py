"""A finished list as bytes.

Kept as objects, twenty thousand lists are two million of them: several times the memory, and Python's collector looks
through all again and again, a tenth of a second each time, in which nobody gets an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from twofold.domain.answer import Answer
from twofold.domain.candidate import Keys
from twofold.domain.impression import ShownList
from twofold.domain.time import Micros
from twofold.services.made import MadeList, Recipe


@dataclass(frozen=True, slots=True)
class _Content:
    """All of a `MadeList` but what is read without unpacking; what the ranker saw is left out."""

    sources: tuple[str, ...]
    own: bytes
    answer: Answer
    viewer: int
    at: int
    propensities: list[float | None]
    feature_version: str | None
    log_position: int


_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Content)


@dataclass(frozen=True, slots=True)
class PackedList:
    """A list and what it answers.

    Args:
        recipe, model, keys: as of `MadeList`.
        content: the rest.
    """

    recipe: Recipe
    model: str
    keys: Keys
    content: bytes

    @classmethod
    def of(cls, made: MadeList) -> PackedList:
        """A list, packed."""
        shown = made.shown
        content = _Content(
            sources=made.sources,
            own=np.ascontiguousarray(made.own, np.float32).tobytes(),
            answer=made.answer,
            viewer=shown.viewer,
            at=shown.at,
            propensities=list(shown.propensities),
            feature_version=shown.feature_version,
            log_position=shown.log_position,
        )
        return cls(made.recipe, made.model, made.keys, _ENCODER.encode(content))

    def unpacked(self) -> MadeList:
        """The list as it was, but without what the ranker saw."""
        content = _DECODER.decode(self.content)
        answer = content.answer
        return MadeList(
            recipe=self.recipe,
            model=self.model,
            keys=self.keys,
            sources=content.sources,
            own=np.frombuffer(content.own, np.float32).reshape(len(self.keys), len(content.sources)),
            answer=answer,
            shown=ShownList(
                request_id=answer.request_id,
                viewer=content.viewer,
                at=Micros(content.at),
                items=answer.items,
                keys=self.keys,
                propensities=content.propensities,
                model=answer.model,
                feature_version=content.feature_version,
                log_position=content.log_position,
            ),
        )
