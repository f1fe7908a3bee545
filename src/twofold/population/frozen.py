"""State as plain arrays, by dotted names: what can be written to files, mapped from them, and shared by processes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

# Room for who comes later, so that a mapped column need not be copied for the first newcomer.
SPARE, LEAST_SPARE = 0.02, 1_024


def under(name: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    """The arrays with a name before theirs.

    >>> sorted(under("given", {"at": np.zeros(1)}))
    ['given.at']
    """
    return {f"{name}.{each}": array for each, array in arrays.items()}


def within(name: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    """Those with a name before theirs, without it; the inverse of `under`."""
    before = f"{name}."
    return {each.removeprefix(before): array for each, array in arrays.items() if each.startswith(before)}


def groups(arrays: Arrays) -> dict[str, dict[str, NDArray[Any]]]:
    """Arrays by what stands before the first dot of their names.

    >>> groups({"a.at": np.zeros(1), "b.at": np.zeros(1)})["a"]
    {'at': array([0.])}
    """
    return {name: within(name, arrays) for name in dict.fromkeys(each.partition(".")[0] for each in arrays)}


def roomy(column: NDArray[Any], rows: int) -> NDArray[Any]:
    """The first so many rows of a column, with some zeros after them."""
    spare = max(int(rows * SPARE), LEAST_SPARE)
    return np.concatenate([column[:rows], np.zeros((spare, *column.shape[1:]), column.dtype)])


def number(value: int) -> NDArray[np.int64]:
    """A whole number as an array."""
    return np.array([value], np.int64)


def labels(words: Sequence[str]) -> NDArray[np.uint8]:
    """Texts as bytes of JSON.

    >>> words_of(labels(["tea", "chess"]))
    ['tea', 'chess']
    """
    return np.frombuffer(json.dumps(list(words)).encode(), np.uint8)


def words_of(array: NDArray[np.uint8]) -> list[str]:
    """What `labels` made an array of."""
    return [str(each) for each in json.loads(array.tobytes())]
