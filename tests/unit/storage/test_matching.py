"""Laws of derived matches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.event import EventKind
from twofold.storage.matching import Match, Pair, pair_of

ACTS = st.lists(st.tuples(st.booleans(), st.sampled_from(list(EventKind)), st.integers(0, 9)))


@given(ACTS)
def test_a_match_is_made_when_both_like_and_no_more_until_an_unmatch(
    acts: list[tuple[bool, EventKind, int]],
) -> None:
    pair, liked = Pair(), dict[int, list[int]]()
    matched = False
    for forth, kind, at in acts:
        actor, target = (1, 2) if forth else (2, 1)
        match = pair.see(actor, target, kind, at)
        if kind is EventKind.UNMATCH:
            matched, liked = False, {}
        if kind in (EventKind.LIKE, EventKind.SUPER_LIKE):
            liked.setdefault(actor, []).append(at)
        assert (match is not None) == (not matched and len(liked) == 2)
        if match is not None:
            matched = True
            assert match.at == max(liked[1][0], liked[2][0]) == liked[match.actor][0]


def test_nobody_matches_themselves() -> None:
    assert Pair().see(1, 1, EventKind.LIKE, 0) is None


def test_at_the_same_moment_the_log_tells_who_was_last() -> None:
    pair = Pair()
    pair.see(2, 1, EventKind.LIKE, 5)
    assert pair.see(1, 2, EventKind.LIKE, 5) == Match(1, 2, 5)


def test_a_pair_is_the_same_both_ways() -> None:
    assert pair_of(3, 7) == pair_of(7, 3) == (3, 7)
