"""Names of columns and kinds: which are known, and messages that tell what to type."""

from __future__ import annotations

from dataclasses import fields

import pytest

from twofold.domain.errors import InvalidInput
from twofold.domain.event import WRITABLE_KINDS, EventKind
from twofold.domain.person import Person
from twofold.services.imports.mapping import PEOPLE_COLUMNS, ColumnMap, kind_numbers, parse_columns, parse_kinds


def test_people_columns_are_a_persons_fields() -> None:
    assert tuple(field.name for field in fields(Person)) == PEOPLE_COLUMNS


def test_a_missing_column_is_named_with_what_is_there_and_what_to_do() -> None:
    with pytest.raises(InvalidInput) as raised:
        ColumnMap.of_events().check(["swiper_id", "target", "kind", "at"])
    for part in ("actor among", "swiper_id", "--map actor=THEIR_NAME"):
        assert part in str(raised.value)


def test_a_mapped_column_must_be_there_even_when_it_is_optional() -> None:
    with pytest.raises(InvalidInput, match="bio"):
        ColumnMap.of_people({"bio": "about"}).check(["id"])
    ColumnMap.of_people({"bio": "about"}).check(["id", "about"])


def test_only_our_columns_can_be_mapped() -> None:
    with pytest.raises(InvalidInput, match="actor, target, kind, at, id"):
        ColumnMap.of_events({"swiper": "actor"})


def test_columns_that_are_not_read_are_named_once() -> None:
    columns = ColumnMap.of_events({"actor": "swiper"})
    assert columns.unknown(["swiper", "actor", "extra", "extra", ""]) == ("actor", "extra")


def test_options_as_pairs() -> None:
    assert parse_columns(["actor=a=b", " at = when "]) == {"actor": "a=b", "at": "when"}
    assert parse_kinds(["right=like"]) == {"right": "like"}


@pytest.mark.parametrize("pair", ["actor", "=x", "actor=", ""])
def test_what_is_no_pair(pair: str) -> None:
    with pytest.raises(InvalidInput, match="--map"):
        parse_columns([pair])


def test_kinds_are_ours_and_the_foreign_ones() -> None:
    numbers = kind_numbers({"right": "like", "like": "super_like"})
    assert numbers["right"] == EventKind.LIKE
    assert numbers["like"] == EventKind.SUPER_LIKE
    assert set(numbers) == {*WRITABLE_KINDS, "right"}


@pytest.mark.parametrize("kind", ["match", "wink", ""])
def test_a_foreign_kind_cannot_stand_for_what_is_derived_or_unknown(kind: str) -> None:
    with pytest.raises(InvalidInput, match="--kind"):
        kind_numbers({"x": kind})
