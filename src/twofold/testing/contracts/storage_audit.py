"""What every `AuditStore` promises."""

from __future__ import annotations

import math

import pytest

from twofold.domain.audit import AuditEntry, Json
from twofold.domain.errors import InvalidInput, NotFound
from twofold.domain.model import Alias
from twofold.domain.ports import Store
from twofold.domain.time import Micros
from twofold.testing.contracts.acts import NOW
from twofold.testing.contracts.storage_registry import model_of


def entry_of(subject: str, action: str = "promote", **details: Json) -> AuditEntry:
    """An entry with every field filled."""
    return AuditEntry(at=NOW, actor="cli", action=action, subject=subject, details=details)


class AuditStoreContract:
    """What was done stays on record; `store` is an empty, prepared store."""

    def test_an_entry_comes_back_as_it_was_added(self, store: Store) -> None:
        assert store.audit() == []
        verdict: Json = {"passed": False, "checks": [{"name": "gini", "limit": 0.1 + 0.2, "said": "čeština 🦊"}, None]}
        full = entry_of("m0003", champion="m0002", forced=True, number=2**53 + 1, verdict=verdict)
        bare = AuditEntry(at=Micros(-1), actor="", action="", subject="")
        store.add_audit(full)
        store.add_audit(bare)
        assert store.audit() == [bare, full]

    def test_the_latest_come_first_and_some_may_be_asked_for(self, store: Store) -> None:
        wanted = [("m1", "promote"), ("m2", "compare"), ("m2", "promote"), ("m1", "promote")]
        for number, (subject, action) in enumerate(wanted):
            store.add_audit(entry_of(subject, action, number=number))
        assert [entry.details["number"] for entry in store.audit(limit=3)] == [3, 2, 1]
        assert [entry.details["number"] for entry in store.audit(action="promote")] == [3, 2, 0]
        assert [entry.details["number"] for entry in store.audit(subject="m2")] == [2, 1]
        assert [entry.details["number"] for entry in store.audit(1, action="promote", subject="m1")] == [3]
        assert store.audit(subject="m9") == []

    def test_what_an_entry_held_is_kept_whatever_becomes_of_it(self, store: Store) -> None:
        held: dict[str, Json] = {"from": "m0002"}
        store.add_audit(AuditEntry(at=NOW, actor="cli", action="promote", subject="m1", details=held))
        held["from"] = "m0009"
        assert store.audit()[0].details == {"from": "m0002"}

    @pytest.mark.parametrize("number", [math.nan, math.inf])
    def test_details_that_are_not_json_are_refused(self, store: Store, number: float) -> None:
        with pytest.raises(InvalidInput, match="finite"):
            store.add_audit(entry_of("m1", figure=number))
        assert store.audit() == []

    def test_an_alias_moves_together_with_its_entry(self, store: Store) -> None:
        store.add_model(model_of("m0001"))
        store.set_alias(Alias.CHAMPION, "m0001", NOW, entry_of("m0001"))
        assert store.audit() == [entry_of("m0001")]
        store.set_alias(Alias.CHAMPION, "m0001", NOW, entry_of("m0001", again=True))
        assert len(store.audit()) == 2, "what was done is on record, also when it changed nothing"
        for spoilt in (entry_of("m0009"), entry_of("m0001", figure=math.nan)):
            with pytest.raises((NotFound, InvalidInput)):
                store.set_alias(Alias.CHAMPION, "m0009" if spoilt.subject == "m0009" else None, NOW, spoilt)
        assert len(store.audit()) == 2
        assert dict(store.aliases()) == {Alias.CHAMPION: "m0001"}
