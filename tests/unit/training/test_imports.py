"""What serving imports must not bring the libraries that only fitting needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys, importlib
importlib.import_module({module!r})
print(sorted({{name.split('.')[0] for name in sys.modules}} & {{'sklearn', 'implicit', 'scipy', 'lightgbm'}}))
"""


def loaded_by(module: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(module=module)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "module",
    [
        "twofold.models.registry",
        "twofold.models.loaded",
        "twofold.features.service",
        "twofold.rankers.logistic",
        "twofold.rankers.gbdt",
    ],
)
def test_serving_loads_none_of_them(module: str) -> None:
    assert loaded_by(module) == "[]"


def test_training_does() -> None:
    assert loaded_by("twofold.training.run") == "['implicit', 'scipy', 'sklearn']"
