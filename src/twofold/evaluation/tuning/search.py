"""The search: coordinate steps from several starts, each quota asked for once, ties to the more even."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twofold.evaluation.tuning.quotas import Quotas

Objective = Callable[[Quotas], float]

TIE = 0.002  # a tenth of the noise between two halves of 300 viewers: no reason to lean on one source


def search(
    starts: Sequence[Quotas], objective: Objective, budget: int, done: Callable[[float], None] = lambda _: None
) -> dict[Quotas, float]:
    """All quotas that were asked for, with their worth, the chosen first.

    From each start the best neighbour is gone to until none is better. The budget is shared evenly among the starts,
    what one leaves goes to the next; the starts themselves are always asked for.

    Args:
        budget: at most so many quotas, the starts among them.
    """
    found: dict[Quotas, float] = {each: objective(each) for each in starts}
    for number, start in enumerate(starts):
        until = len(found) + max(budget - len(found), 0) // (len(starts) - number)
        place = start
        while True:
            for each in place.neighbours():
                if each not in found and len(found) < until:
                    found[each] = objective(each)
                    done(min(len(found) / max(budget, 1), 1.0))
            best = max([place, *(each for each in place.neighbours() if each in found)], key=found.__getitem__)
            if found[best] <= found[place]:
                break
            place = best
    done(1.0)
    first = chosen(found)
    return {first: found[first], **{each: found[each] for each in sorted(found, key=found.__getitem__, reverse=True)}}


def chosen(found: dict[Quotas, float]) -> Quotas:
    """The most even of those that are as good as the best.

    >>> chosen({Quotas(("a", "b"), (90, 10)): 0.5, Quotas(("a", "b"), (60, 40)): 0.499}).percents
    (60, 40)
    """
    best = max(found.values())
    return max((each for each, value in found.items() if value >= best - TIE), key=lambda each: each.evenness)
