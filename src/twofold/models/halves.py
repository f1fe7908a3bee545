"""Half precision: vectors take half the memory and are read as the single precision numbers that they are exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Table, Written, WrittenTable, compiled
from twofold.domain.candidate import Floats, Keys

# Half precision has a bias of 15, single of 127: bits moved into place are too small by this factor.
_BIAS = np.float32(2.0**112)
_FINITE = 0x7C00  # all exponent bits set: infinite, or no number
_LARGEST = 65_504.0
_CHUNK = 1 << 15


def as_single(rows: NDArray[Any]) -> Floats:
    """The same numbers in single precision; several times quicker than numpy's own way from half precision.

    Args:
        rows: float16, every one finite, or anything that numpy converts.

    >>> as_single(np.array([1.5, -0.25], np.float16)).tolist()
    [1.5, -0.25]
    """
    if rows.dtype != np.float16:
        return np.asarray(rows, np.float32)
    bits = np.ascontiguousarray(rows).view(np.uint16).astype(np.uint32)
    sign = bits & np.uint32(0x8000)
    sign <<= np.uint32(16)
    bits &= np.uint32(0x7FFF)
    bits <<= np.uint32(13)
    bits |= sign
    numbers = bits.view(np.float32)
    numbers *= _BIAS
    return numbers


def known_rows(matrix: NDArray[Any], has: NDArray[np.bool_], keys: Keys) -> tuple[Floats, NDArray[np.bool_]]:
    """(m, d) some rows in single precision, zeros where there is none, and (m,) where there is.

    Args:
        matrix, has: (n, d) float16 or float32, and (n,) which rows are there.
        keys: (m,) which are asked for; none is there beyond n.

    >>> known_rows(np.array([[0.5]], np.float16), np.array([True]), np.array([0, 7]))[0].tolist()
    [[0.5], [0.0]]
    """
    known = np.empty(len(keys), np.bool_)
    if matrix.dtype != np.float16:
        rows = np.empty((len(keys), matrix.shape[1]), np.float32)
        singles(matrix, has, keys, rows, known)
        return rows, known
    bits = np.empty((len(keys), matrix.shape[1]), np.uint32)
    widened(matrix.view(np.uint16), has, keys, bits, known)
    rows = bits.view(np.float32)
    rows *= _BIAS
    return rows, known


def as_half(rows: Floats) -> NDArray[np.float16] | Floats:
    """Rows rounded to half precision, or as they are when a number lies outside what that can hold.

    >>> as_half(np.array([1e6], np.float32)).dtype, as_half(np.array([0.1], np.float32)).dtype
    (dtype('float32'), dtype('float16'))
    """
    if rows.size and float(np.abs(rows).max()) > _LARGEST:
        return rows
    return np.asarray(rows, np.float16)


def lengths_of(rows: NDArray[Any]) -> Floats:
    """(n,) Euclidean lengths of rows (n, d); read in parts, without a copy.

    >>> lengths_of(np.array([[3.0, 4.0]], np.float16)).tolist()
    [5.0]
    """
    found = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _CHUNK):
        part = as_single(rows[start : start + _CHUNK])
        np.sqrt(np.einsum("ij,ij->i", part, part), out=found[start : start + len(part)])
    return found


def finite(rows: NDArray[Any]) -> bool:
    """Whether all of a matrix are numbers that are finite; read in parts, without a copy."""
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        if part.dtype == np.float16:
            if ((np.ascontiguousarray(part).view(np.uint16) & _FINITE) == _FINITE).any():
                return False
        elif not np.isfinite(part).all():
            return False
    return True


@compiled
def singles(
    matrix: Table[np.float32],
    has: Column[np.bool_],
    keys: Column[np.int64],
    rows: WrittenTable[np.float32],
    known: Written[np.bool_],
) -> None:
    """As `known_rows`, of single precision."""
    for row in range(len(keys)):
        key = keys[row]
        known[row] = 0 <= key < len(has) and has[key]
        for place in range(matrix.shape[1]):
            rows[row, place] = matrix[key, place] if known[row] else 0.0


@compiled
def widened(
    matrix: Table[np.uint16],
    has: Column[np.bool_],
    keys: Column[np.int64],
    rows: WrittenTable[np.uint32],
    known: Written[np.bool_],
) -> None:
    """As `known_rows`, of half precision: bits of numbers that are too small by `_BIAS`."""
    for row in range(len(keys)):
        key = keys[row]
        known[row] = 0 <= key < len(has) and has[key]
        for place in range(matrix.shape[1]):
            bits = np.uint32(matrix[key, place]) if known[row] else np.uint32(0)
            rows[row, place] = (bits & np.uint32(0x8000)) << np.uint32(16) | (bits & np.uint32(0x7FFF)) << np.uint32(13)
