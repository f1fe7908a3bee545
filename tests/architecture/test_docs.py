"""Documentation that cannot rot: what it must name is read off the code, and links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twofold.domain.event import WRITABLE_KINDS
from twofold.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs/adr/README.md").read_text()
    records = sorted(path.name for path in (ROOT / "docs/adr").glob("0*.md"))
    assert records, "there are no decisions"
    assert re.findall(r"\((0\d{3}-[\w-]+\.md)\)", index) == records


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_own_words(name: str) -> None:
    page = (ROOT / "docs/settings.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith(f"| `TWOFOLD_{name.upper()}` |")]
    assert len(rows) == 1
    assert rows[0].endswith(f"| {Settings.model_fields[name].description} |")


@pytest.mark.parametrize("kind", WRITABLE_KINDS)
def test_every_event_kind_is_documented(kind: str) -> None:
    assert f"`{kind}`" in (ROOT / "docs/events.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_files_that_exist(page: Path) -> None:
    named = re.findall(r"`((?:src|tests|docs|benchmarks)/[\w./-]+\.\w+)`", page.read_text())
    missing = [name for name in named if "yours" not in name and not (ROOT / name).exists()]
    assert missing == []
