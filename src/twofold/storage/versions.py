"""Names of model versions."""

from __future__ import annotations

from collections.abc import Iterable


def version_after(used: Iterable[str]) -> str:
    """The name that follows all used ones.

    >>> version_after([]), version_after(["m0001", "m0007", "by-hand"])
    ('m0001', 'm0008')
    """
    numbers = [int(name[1:]) for name in used if name[:1] == "m" and name[1:].isdecimal()]
    return f"m{max(numbers, default=0) + 1:04d}"
