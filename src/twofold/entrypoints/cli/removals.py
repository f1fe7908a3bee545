"""Why people are left out of a list, in words an operator understands."""

from __future__ import annotations

from collections.abc import Mapping

from twofold.domain.candidate import Removed
from twofold.entrypoints.cli.output import count, say, say_table

WORDS: Mapping[str, str] = {
    Removed.SELF.label: "the viewer",
    Removed.BLOCKED.label: "one of the two blocked the other",
    Removed.REPORTED.label: "one of the two reported the other",
    Removed.UNMATCHED.label: "they were matched, and one of them ended it",
    Removed.INACTIVE.label: "not active",
    Removed.UNDER_AGE.label: "under the minimum age",
    Removed.MATCHED.label: "already matched",
    Removed.DECIDED.label: "the viewer already decided on them",
    Removed.ASKED.label: "excluded by this request",
    Removed.GENDER.label: "not of a gender the viewer seeks",
    Removed.AGE.label: "not of an age the viewer wants",
    Removed.DISTANCE.label: "farther away than the viewer wants",
    Removed.THEIR_GENDER.label: "does not seek the viewer's gender",
    Removed.THEIR_AGE.label: "does not want the viewer's age",
    Removed.THEIR_DISTANCE.label: "the viewer is farther away than they want",
    Removed.GONE.label: "not there any more",
    Removed.EXPOSED.label: "shown as often as the cap allows",
    Removed.ELSEWHERE.label: "outside the wishes of one side, or not active, and not looked at one by one",
}


def in_words(label: str) -> str:
    """What a reason means; the reason itself when it has no words yet."""
    return WORDS.get(label, label)


def say_removals(removed: Mapping[str, int]) -> None:
    """Who was left out: reason, people, meaning; most first."""
    if not removed:
        say("Nobody was left out.")
        return
    most_first = sorted(removed.items(), key=lambda each: -each[1])
    rows = [(reason, count(people), in_words(reason)) for reason, people in most_first]
    say_table(("left out", "people", "because"), rows, right=("people",))
