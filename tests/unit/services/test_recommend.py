"""A list holds whom it should, is served again while it is right, and not a moment longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from tests.unit.services.conftest import HandClock
from twofold.bootstrap import Twofold, assemble
from twofold.domain.candidate import Keys
from twofold.domain.errors import InvalidInput, NotFound, Refused
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.pipeline.query import Query
from twofold.services.recommend import MOST_ITEMS, NO_REASON
from twofold.settings import Settings
from twofold.sources.content import ContentSource
from twofold.storage.memory import MemoryStore

Act = Callable[[str, EventKind, str], None]


def shown(product: Twofold, person: str, limit: int = 29) -> set[str]:
    return {item.person for item in product.recommend.recommend(person, limit).items}


def from_cache(product: Twofold, person: str) -> bool:
    return "cache" in product.recommend.recommend(person, 29).timings_ms


def test_everybody_eligible_is_on_a_long_list_and_nobody_else(product: Twofold) -> None:
    answer = product.recommend.recommend("p0", 200)
    assert {item.person for item in answer.items} == {f"p{number}" for number in range(1, 30)}
    assert [item.position for item in answer.items] == list(range(1, 30))
    assert answer.model == "heuristic"
    assert answer.degraded is False
    assert all(item.p_viewer_likes is None for item in answer.items)
    assert answer.removed == {"self": 1}


def test_scores_order_the_list(product: Twofold) -> None:
    scores = [item.score for item in product.recommend.recommend("p0", 20).items]
    assert scores == sorted(scores, reverse=True)


def test_the_default_length_is_the_settings(product: Twofold) -> None:
    assert len(product.recommend.recommend("p0").items) == 20


@pytest.mark.parametrize("kind", [EventKind.LIKE, EventKind.SUPER_LIKE, EventKind.DISLIKE, EventKind.PASS])
def test_who_was_decided_on_is_gone_at_once(product: Twofold, act: Act, kind: EventKind) -> None:
    assert "p3" in shown(product, "p0")
    act("p0", kind, "p3")
    assert "p3" not in shown(product, "p0")
    assert "p0" in shown(product, "p3")


@pytest.mark.parametrize("kind", [EventKind.BLOCK, EventKind.REPORT, EventKind.UNMATCH])
def test_who_parted_never_sees_the_other(product: Twofold, act: Act, kind: EventKind) -> None:
    assert "p3" in shown(product, "p0")
    assert "p0" in shown(product, "p3")
    act("p0", kind, "p3")
    assert "p3" not in shown(product, "p0")
    assert "p0" not in shown(product, "p3")


def test_an_unblock_lifts_only_ones_own_block(product: Twofold, act: Act) -> None:
    act("p0", EventKind.BLOCK, "p3")
    act("p3", EventKind.UNBLOCK, "p0")
    assert "p3" not in shown(product, "p0")
    act("p0", EventKind.UNBLOCK, "p3")
    assert "p3" in shown(product, "p0")
    assert "p0" in shown(product, "p3")


def test_a_pass_ends_after_half_a_year_and_a_dislike_does_not(product: Twofold, act: Act, clock: HandClock) -> None:
    act("p0", EventKind.PASS, "p3")
    act("p0", EventKind.DISLIKE, "p4")
    clock.forward(181 * 86_400)
    found = shown(product, "p0")
    assert "p3" in found
    assert "p4" not in found


def test_the_second_list_comes_from_the_cache_with_its_own_request_id(product: Twofold) -> None:
    first, second = product.recommend.recommend("p0"), product.recommend.recommend("p0")
    assert "cache" in second.timings_ms
    assert second.items == first.items
    assert second.request_id != first.request_id


def test_the_cached_list_is_dropped_when_the_viewer_acts(product: Twofold, act: Act) -> None:
    product.recommend.recommend("p0", 29)
    act("p0", EventKind.VIEW, "p9")
    assert not from_cache(product, "p0")


def test_the_cached_list_is_dropped_when_the_viewer_changes(product: Twofold) -> None:
    product.recommend.recommend("p0", 29)
    product.people.put(replace(product.people.get("p0").person, seeking=("woman",)))
    answer = product.recommend.recommend("p0", 29)
    assert "cache" not in answer.timings_ms
    assert answer.removed["gender"] == 14


def test_the_cached_list_is_dropped_when_the_viewer_is_blocked(product: Twofold, act: Act) -> None:
    product.recommend.recommend("p0", 29)
    act("p9", EventKind.BLOCK, "p0")
    assert not from_cache(product, "p0")


def test_the_cached_list_outlives_what_strangers_do(product: Twofold, act: Act) -> None:
    product.recommend.recommend("p0", 29)
    act("p8", EventKind.LIKE, "p9")
    assert from_cache(product, "p0")


def test_the_cached_list_ends_after_ten_minutes(product: Twofold, clock: HandClock) -> None:
    product.recommend.recommend("p0", 29)
    clock.forward(601)
    assert not from_cache(product, "p0")


def test_a_short_list_is_dropped_when_anybody_comes(product: Twofold) -> None:
    assert len(product.recommend.recommend("p0", 50).items) == 29
    assert "cache" in product.recommend.recommend("p0", 50).timings_ms
    product.people.put(Person(id="new", birth_date=date(1995, 5, 5)))
    assert len(product.recommend.recommend("p0", 50).items) == 30


def test_somebody_who_left_is_not_shown_from_the_cache(product: Twofold) -> None:
    assert "p3" in shown(product, "p0")
    product.people.put(replace(product.people.get("p3").person, active=False))
    assert "p3" not in shown(product, "p0")
    product.people.remove("p4")
    assert "p4" not in shown(product, "p0")


def test_exclude_leaves_out_for_this_list_alone(product: Twofold) -> None:
    found = {item.person for item in product.recommend.recommend("p0", 29, ["p3", "nobody"]).items}
    assert "p3" not in found
    assert "p3" in shown(product, "p0")


def test_a_viewer_must_exist_and_be_active(product: Twofold) -> None:
    with pytest.raises(NotFound, match="no such person"):
        product.recommend.recommend("nobody")
    product.people.put(replace(product.people.get("p0").person, active=False))
    with pytest.raises(Refused, match="not active"):
        product.recommend.recommend("p0")


@pytest.mark.parametrize("limit", [0, -1, MOST_ITEMS + 1])
def test_a_list_has_1_to_200_people(product: Twofold, limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit: expected a whole number from 1 to 200"):
        product.recommend.recommend("p0", limit)


def test_a_newcomer_is_found_at_once(product: Twofold) -> None:
    assert "new" not in shown(product, "p0", 200)
    product.people.put(Person(id="new", birth_date=date(1995, 5, 5)))
    product.recommend.recommend("p0", 199)
    assert "new" in {item.person for item in product.recommend.recommend("p0", 198).items}


def test_what_is_shown_is_recorded_with_its_probability(product: Twofold, store: MemoryStore) -> None:
    answer = product.recommend.recommend("p0", 20)
    product.impressions.close()
    rows = sorted(store.impressions(), key=lambda row: row.position)
    assert [row.request_id for row in rows] == [answer.request_id] * 20
    assert [row.position for row in rows] == list(range(1, 21))
    drawn = [row for row in rows if row.propensity is not None]
    assert [row.propensity for row in drawn] == [pytest.approx(1 / 29)]
    assert drawn[0].sources[-1] == "exploration"


def test_a_past_moment_sees_only_what_came_before(
    product: Twofold, act: Act, clock: HandClock, settings: Settings, store: MemoryStore
) -> None:
    act("p0", EventKind.LIKE, "p3")
    between = clock()
    act("p0", EventKind.LIKE, "p4")
    past = assemble(settings, clock=clock, as_of=between, store=store)
    found = shown(past, "p0")
    assert "p3" in found, "an event at the very moment is not before it"
    assert "p4" in found
    assert shown(product, "p0").isdisjoint({"p3", "p4"})


def test_a_source_that_cannot_give_reasons_costs_the_reasons_alone(
    product: Twofold, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: ContentSource, query: Query, keys: Keys) -> list[str | None]:
        raise RuntimeError

    monkeypatch.setattr(ContentSource, "reasons", broken)
    answer = product.recommend.recommend("p0")
    assert answer.degraded
    assert {item.reason for item in answer.items} == {NO_REASON}
    assert len(answer.items) == 20
