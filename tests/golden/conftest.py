"""Golden files: what others rely on, written down; a change of it is a decision, never an accident."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent
CheckGolden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--regenerate-golden`` writes the golden files anew; read the difference before committing it."""
    parser.addoption("--regenerate-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> CheckGolden:
    """``golden(name, text)``: the text is what the golden file of this name holds."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--regenerate-golden", default=False):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{name} is missing; make golden writes it"
        assert text == path.read_text(encoding="utf-8"), f"{name} has changed; if that is meant, make golden"

    return check
