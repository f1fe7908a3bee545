"""The checksum of snapshots: damage of any kind changes it, how the bytes come does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.population.sums import BYTES, Sums

CONTENT = np.random.default_rng(3).integers(0, 256, 2 * BYTES + 1_001, dtype=np.uint8).tobytes()


def digest(content: bytes, part: int = BYTES) -> str:
    sums = Sums()
    for start in range(0, len(content), part):
        sums.add(content[start : start + part])
    return sums.hexdigest()


WHOLE = digest(CONTENT)


@pytest.mark.parametrize("part", [999_983, BYTES - 1, BYTES + 1, len(CONTENT)])
def test_how_the_bytes_come_does_not_matter(part: int) -> None:
    assert digest(CONTENT, part) == WHOLE


@settings(max_examples=25, deadline=None)
@given(place=st.integers(0, len(CONTENT) - 1), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(place: int, bit: int) -> None:
    damaged = bytearray(CONTENT)
    damaged[place] ^= 1 << bit
    assert digest(bytes(damaged)) != WHOLE


@settings(max_examples=25, deadline=None)
@given(
    places=st.tuples(st.integers(0, len(CONTENT) // 8 - 1), st.integers(0, len(CONTENT) // 8 - 1)).filter(
        lambda each: each[0] != each[1]
    )
)
def test_any_two_words_that_changed_places_are_found(places: tuple[int, int]) -> None:
    words = np.frombuffer(CONTENT[: len(CONTENT) // 8 * 8], np.uint64).copy()
    one, other = places
    words[[one, other]] = words[[other, one]]
    assert digest(words.tobytes() + CONTENT[len(CONTENT) // 8 * 8 :]) != WHOLE


@settings(max_examples=10, deadline=None)
@given(page=st.integers(0, len(CONTENT) // 4_096 - 1))
def test_a_page_of_zeros_and_one_in_another_place_are_found(page: int) -> None:
    start, end = page * 4_096, page * 4_096 + 4_096
    assert digest(CONTENT[:start] + bytes(4_096) + CONTENT[end:]) != WHOLE
    assert digest(CONTENT[start:end] + CONTENT[:start] + CONTENT[end:]) != WHOLE or page == 0


def test_blocks_that_changed_places_are_found() -> None:
    assert digest(CONTENT[BYTES : 2 * BYTES] + CONTENT[:BYTES] + CONTENT[2 * BYTES :]) != WHOLE
