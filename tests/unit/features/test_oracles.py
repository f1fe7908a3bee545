"""Every feature of every version equals plain Python, in worlds where everything happens late, again and at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.features.oracles import EVERYTHING, ORACLES, Log, Pair
from tests.unit.features.world import (
    CANDIDATES,
    FITS,
    LOGS,
    MOMENTS,
    NO_MODEL,
    PEOPLE,
    PROFILES,
    VIEWERS,
    Model,
    Step,
    ask,
    fill,
    model_after,
    write,
)
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.features import side
from twofold.features.brought import Brought
from twofold.features.spec import FEATURES, VERSIONS
from twofold.models import tastes
from twofold.population.replay import replay
from twofold.storage.memory import MemoryStore


@pytest.mark.parametrize("name", list(FEATURES))
def test_every_feature_has_an_oracle(name: str) -> None:
    assert name in ORACLES, (
        f"the feature {name} has nothing to be compared with; write `@oracle def {name}(pair)` by the words of its "
        "definition in tests/unit/features/oracles.py"
    )


def test_every_oracle_is_of_a_feature() -> None:
    assert set(ORACLES) <= set(FEATURES)


def agree(
    store: MemoryStore, as_of: AsOf, model: Model, brought: dict[str, float] | None = None, most: int = 200
) -> None:
    """Compare every column of every version, so that a difference is told by the feature's name."""
    log, service = Log.of(store), model.service(replay(store))
    written = [EVERYTHING] * len(as_of) if as_of.positions is None else as_of.positions.tolist()
    pairs = [
        Pair(log, one, other, t, p, model, brought, most)
        for t, p in zip(as_of.moments.tolist(), written, strict=True)
        for one, other in zip(VIEWERS.tolist(), CANDIDATES.tolist(), strict=True)
    ]
    columns: Brought | None = None
    if brought is not None:
        columns = {source: np.full(len(pairs), share, np.float32) for source, share in brought.items()}
    for version in VERSIONS.values():
        values: Floats = ask(service, as_of, version.name, columns)
        for place, name in enumerate(version.names):
            expected = [ORACLES[name](pair) for pair in pairs]
            np.testing.assert_allclose(values[:, place], expected, rtol=2e-6, atol=2e-6, err_msg=name)


@settings(max_examples=60)
@given(PROFILES, LOGS, FITS, st.lists(st.tuples(MOMENTS, st.integers(0, 30)), min_size=1, max_size=2))
def test_features_equal_plain_python(
    people: list[Person], steps: list[Step], fit: tuple[int, Micros, int], asked: list[tuple[Micros, int]]
) -> None:
    store = MemoryStore()
    fill(store, people)
    write(store, *steps)
    moments, changes = zip(*asked, strict=True)
    agree(store, AsOf.at(moments), model_after(fit))
    agree(store, AsOf.at(moments, np.array(changes) + PEOPLE), model_after(fit))


@settings(max_examples=25)
@given(PROFILES, LOGS, FITS, MOMENTS)
def test_only_the_latest_decisions_are_read(
    people: list[Person], steps: list[Step], fit: tuple[int, Micros, int], moment: Micros
) -> None:
    """Two of them rather than 200."""
    store = MemoryStore()
    fill(store, people)
    write(store, *steps)
    with pytest.MonkeyPatch.context() as patch:
        for module in (side, tastes):
            patch.setattr(module, "LATEST_DECISIONS", 2)
        agree(store, AsOf.at(moment), model_after(fit), most=2)


@settings(max_examples=10)
@given(PROFILES, LOGS, MOMENTS, st.dictionaries(st.sampled_from(["content", "admirers"]), st.sampled_from([0.0, 1.0])))
def test_without_a_model_and_with_sources(
    people: list[Person], steps: list[Step], moment: Micros, brought: dict[str, float]
) -> None:
    store = MemoryStore()
    fill(store, people)
    write(store, *steps)
    agree(store, AsOf.at(moment), NO_MODEL, brought)
