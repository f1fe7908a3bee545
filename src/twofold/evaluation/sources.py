"""Each source of the first stage alone, and the lists without it: what retrieval loses is seen apart from ranking."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twofold.domain.candidate import Keys
from twofold.evaluation.document import Figures, Source, figures
from twofold.evaluation.lists import Lister, make_lists, quality
from twofold.evaluation.product import ProductUnderTest
from twofold.evaluation.targets import Targets
from twofold.metrics.bootstrap import Bootstrap
from twofold.metrics.lists import recall_of_hits

DEPTHS = (100, 200, 500)
# Each takes a list without every source: a sample tells two points of recall apart, and takes seconds.
MOST_VIEWERS = 300


def sources_of(
    product: ProductUnderTest, targets: Targets, rng: np.random.Generator, done: Callable[[float], None]
) -> dict[str, Source]:
    """Per source its recall at 100, 200 and 500, and the product's lists when it is left out."""
    few = targets.first(MOST_VIEWERS)
    brought = _brought(product, few)
    found = {}
    for number, (name, lists) in enumerate(brought.items()):
        without = make_lists(_without(product, name), few)
        found[name] = Source(alone=_recalls(lists, few, rng), lists_without=quality(without, rng))
        done((number + 1) / len(brought))
    return found


def index_of(product: ProductUnderTest, targets: Targets, rng: np.random.Generator) -> Figures:
    """How many of the 100 whose vectors fit best the index finds, among the eligible; nothing where there are none."""
    found = []
    for viewer in targets.first(MOST_VIEWERS).viewers.tolist():
        exact = product.by_taste(viewer, DEPTHS[0], exactly=True)
        if len(exact):
            found.append(np.isin(exact, product.by_taste(viewer, DEPTHS[0])).mean())
    if not found:
        return {}
    return figures(recall_at_100=Bootstrap(np.arange(len(found)), rng).mean(np.array(found)))


def _brought(product: ProductUnderTest, targets: Targets) -> dict[str, list[Keys]]:
    """Per source one list per viewer; empty where it brings nobody."""
    lists = [product.source_lists(viewer, max(DEPTHS)) for viewer in targets.viewers.tolist()]
    names = dict.fromkeys(name for each in lists for name in each)
    return {name: [each.get(name, np.empty(0, np.int64)) for each in lists] for name in names}


def _recalls(lists: list[Keys], targets: Targets, rng: np.random.Generator) -> Figures:
    hits = np.zeros((len(lists), max(DEPTHS)), bool)
    for row, keys, relevant in zip(hits, lists, targets.relevant, strict=True):
        row[: len(keys)] = np.isin(keys[: len(row)], relevant)
    wanted = np.array([len(each) for each in targets.relevant], np.int64)
    rows = Bootstrap(np.arange(len(lists)), rng)
    return figures(**{f"recall_at_{depth}": rows.mean(recall_of_hits(hits, wanted, depth)) for depth in DEPTHS})


def _without(product: ProductUnderTest, source: str) -> Lister:
    return lambda viewer, _allowed, _fewer, k: product.list_without(viewer, k, source)
