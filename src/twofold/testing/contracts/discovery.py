"""Finds every component there is, and builds any of them from named parts."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import Any

# The method that makes a class a component of a stage (`pipeline.stages`).
STAGES = {"candidates": "source", "judge": "filter", "predict": "ranker", "arrange": "policy"}


def stage_of(component: type[Any]) -> str | None:
    """Which stage's contract a class fulfils; None for any other class.

    >>> class Anyone:
    ...     def judge(self, query, keys): ...
    >>> stage_of(Anyone), stage_of(int)
    ('filter', None)
    """
    return next((stage for method, stage in STAGES.items() if callable(getattr(component, method, None))), None)


def components_in(room: ModuleType) -> list[type[Any]]:
    """All classes of a package that fulfil a stage's contract, public ones only, by name."""
    modules = [importlib.import_module(each.name) for each in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")]
    found = [
        value
        for module in modules
        for name, value in inspect.getmembers(module, inspect.isclass)
        if value.__module__ == module.__name__ and not name.startswith("_") and stage_of(value)
    ]
    return sorted(found, key=lambda each: each.__name__)


def build(component: type[Any], parts: Mapping[str, object]) -> Any:
    """A component made of the parts its constructor names; those with a default may be missing.

    >>> class Counter:
    ...     def __init__(self, start: int, step: int = 2) -> None: self.at = start + step
    >>> build(Counter, {"start": 1, "colour": "red"}).at
    3
    """
    wanted = inspect.signature(component).parameters
    return component(**{name: parts[name] for name in wanted if name in parts})
