"""What an audit says when something is not as it was."""

from __future__ import annotations

import math
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.integration.audit.conftest import Living, Settle
from twofold.features.spec import VERSIONS
from twofold.services.audit import GONE, FeatureAudit


@pytest.fixture
def town(living: Settle) -> Living:
    """A town with a model and forty lists."""
    made = living(seed=6)
    made.learn("v1")
    made.open(1)
    for viewer in list(made.people)[:40]:
        made.products[0].recommend.recommend(viewer, limit=5)
        made.act(made.products[0])
        made.forward(7)
    return made


def spoil(root: Path, sql: str) -> None:
    with closing(sqlite3.connect(root / "twofold.db")) as connection, connection:
        connection.execute(sql)


def spoil_one_value(root: Path) -> None:
    """The latest row's age is another one."""
    with closing(sqlite3.connect(root / "twofold.db")) as connection, connection:
        select = "SELECT seq, features FROM impressions WHERE features IS NOT NULL ORDER BY seq DESC LIMIT 1"
        seq, stored = connection.execute(select).fetchone()
        values = np.frombuffer(stored, "<f8").copy()
        values[VERSIONS["v1"].names.index("age")] += 3
        connection.execute("UPDATE impressions SET features = ? WHERE seq = ?", (values.tobytes(), seq))


def differing(audit: FeatureAudit) -> dict[str, tuple[int, float]]:
    (model,) = audit.models
    return {each.name: (each.differ, each.largest) for each in model.figures if each.differ}


def test_one_value_that_was_not_served_is_found(town: Living) -> None:
    town.close()
    spoil_one_value(town.root)
    audit = town.audit()
    assert (audit.differ, audit.touched) == (1, 0)
    assert differing(audit) == {"age": (1, 3.0)}
    assert audit.share == pytest.approx(1 / audit.rows)
    assert [each.share for each in audit.models[0].figures if each.differ] == [pytest.approx(1 / audit.rows)]


def test_what_only_one_side_knows_differs_without_end(town: Living) -> None:
    town.close()
    nothing = np.full(len(VERSIONS["v1"].names), np.nan).tobytes().hex()
    spoil(town.root, f"UPDATE impressions SET features = x'{nothing}' WHERE seq = (SELECT max(seq) FROM impressions)")
    found = differing(town.audit())
    assert found
    assert all(largest == math.inf for _, largest in found.values())


def test_rows_that_an_erasure_changed_are_counted_apart(town: Living) -> None:
    store = town.products[0].store
    rows = store.sampled_impressions(10_000)
    ids = {each.key: each.person.id for each in store.people_versions()}
    shown = {row.candidate for row in rows}
    target = next(
        int(target)
        for chunk in store.events()
        for actor, target, kind in zip(chunk.actor, chunk.target, chunk.kind, strict=True)
        if kind == 1 and int(actor) in shown and int(target) not in shown
    )
    town.erase(ids[target])
    audit = town.audit()
    assert audit.differ == 0
    assert audit.touched >= 1, "their likes of who is gone are no longer counted"
    assert audit.rows == audit.looked_at - audit.touched


def test_an_erasure_before_the_list_excuses_nothing(town: Living) -> None:
    town.erase(list(town.people)[-1])
    for viewer in list(town.people)[50:60]:
        town.products[0].recommend.recommend(viewer, limit=5)
    town.close()
    spoil_one_value(town.root)
    assert differing(town.audit()) == {"age": (1, 3.0)}


def test_people_who_went_meanwhile_are_counted_apart(town: Living) -> None:
    town.close()
    spoil(town.root, "UPDATE impressions SET candidate = 99999 WHERE seq = (SELECT max(seq) FROM impressions)")
    audit = town.audit()
    assert audit.skipped == {GONE: 1}
    assert audit.differ == 0
    assert audit.rows == audit.looked_at - 1


def test_rows_of_a_model_that_does_not_verify_are_counted_apart(town: Living) -> None:
    town.close()
    for folder in town.settings.models_dir.iterdir():
        shutil.rmtree(folder)
    audit = town.audit()
    assert audit.models == ()
    ((why, rows),) = audit.skipped.items()
    assert rows == audit.looked_at > 0
    assert why.startswith("m0001: ")


def test_a_list_that_is_shown_again_keeps_no_values(town: Living) -> None:
    product, viewer = town.products[0], list(town.people)[70]
    product.recommend.recommend(viewer, limit=5)
    town.forward(100)
    product.recommend.recommend(viewer, limit=5)
    product.impressions.close()
    key = product.store.keys_of([viewer])[viewer]
    rows = product.store.impressions(viewer=key)
    assert len({row.request_id for row in rows}) == 2
    kept = {row.at for row in rows if row.features is not None}
    assert kept == {min(row.at for row in rows)}


def test_so_many_of_the_latest_rows_are_looked_at(town: Living) -> None:
    assert town.audit(limit=7).looked_at == 7


def test_drift_is_told_beside_training(town: Living) -> None:
    audit = town.audit()
    drift = {each.name: each.drift for each in audit.models[0].figures}
    age = drift["age"]
    assert age is not None
    assert age.mean is not None
    assert age.shift == pytest.approx((age.mean - age.then.mean) / age.then.scale)
    assert age.psi is not None
    assert 0 <= age.psi < 5
    assert (age.known, age.then.known) == (1.0, 1.0)
