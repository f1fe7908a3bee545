"""Loops of the request path, compiled to machine code when they are first called (docs/adr/0015-compiled-loops.md).

A compiled function reads plain values: numbers, and arrays of the types that its annotations name. What it reads may be
read-only, mapped from a file, or strided; what it writes into is annotated as `Written`. Machine code is kept on disk,
so that only the first process on a machine compiles. It is found again by the source file alone: a function may call
other compiled ones of its own module, and none of another.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, update_wrapper
from importlib import import_module
from types import FunctionType
from typing import Annotated, Any, Generic, TypeVar, cast, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

R = TypeVar("R")
Number = TypeVar("Number", bound=np.generic)


class Shape:
    """What an annotation says of an array beside the type of its elements."""

    def __init__(self, dimensions: int = 1, written: bool = False) -> None:
        self.dimensions, self.written = dimensions, written


Column = Annotated[NDArray[Number], Shape()]
Table = Annotated[NDArray[Number], Shape(dimensions=2)]
Written = Annotated[NDArray[Number], Shape(written=True)]
WrittenTable = Annotated[NDArray[Number], Shape(dimensions=2, written=True)]

_ALL: list[Compiled[Any]] = []


class Compiled(Generic[R]):
    """A function that is compiled when it is first called, and then refuses arguments of other types.

    Args:
        plain: the same in Python.
    """

    def __init__(self, plain: Callable[..., R]) -> None:
        self.plain = plain
        update_wrapper(self, plain)
        _ALL.append(self)

    def __call__(self, *args: Any) -> R:
        return self.made(*args)

    @cached_property
    def made(self) -> Callable[..., R]:
        """The compiled function."""
        numba, plain = _numba(), cast(FunctionType, self.plain)
        code, names = plain.__code__, dict(plain.__globals__)
        for name in code.co_names:
            if isinstance(each := names.get(name), Compiled):
                names[name] = each.made
        function = FunctionType(code, names, plain.__name__)
        hints = get_type_hints(self.plain, include_extras=True)
        takes = tuple(_type(hint) for name, hint in hints.items() if name != "return")
        settings = {"nogil": True, "error_model": "numpy"}
        try:
            made: Callable[..., R] = numba.njit([takes], cache=True, **settings)(function)
        except RuntimeError:  # nowhere to keep machine code: no folder is writable
            made = numba.njit([takes], **settings)(function)
        return made


def compiled(plain: Callable[..., R]) -> Compiled[R]:
    """Have a function compiled.

    >>> @compiled
    ... def total(values: Column[np.int64], factor: float) -> float:
    ...     found = 0.0
    ...     for value in values:
    ...         found += factor * value
    ...     return found
    >>> total(np.array([1, 2]), 0.5)
    1.5
    """
    return Compiled(plain)


def compile_all() -> None:
    """Compile whatever was not called yet, so that no request waits for it."""
    for each in _ALL:
        each.made  # noqa: B018


def _numba() -> Any:
    """Imported when the first function is compiled: half a second, which most commands need not wait for."""
    return import_module("numba")


def _type(hint: Any) -> Any:
    """The type that compiled code knows a parameter by."""
    numba = _numba()
    scalars = {int: numba.int64, float: numba.float64, bool: numba.boolean, np.uint64: numba.uint64}
    if hint in scalars:
        return scalars[hint]
    array, shape = get_args(hint)
    (number,) = get_args(get_args(array)[1])
    of, written = numba.from_dtype(np.dtype(number)), shape.written
    return numba.types.Array(of, shape.dimensions, "C" if written else "A", readonly=not written)
