"""The page: complete in itself, escaped, small, and never list quality without exposure."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec
import pytest

from tests.unit.evaluation.test_timed import evaluated
from tests.unit.evaluation.world import town
from twofold.domain.errors import Refused
from twofold.entrypoints.cli.evaluation.tables import check_exposure
from twofold.evaluation.document import Document
from twofold.evaluation.page.page import page_of


@pytest.fixture(scope="module")
def document() -> Document:
    return evaluated(town())[0]


class Balance(HTMLParser):
    """Checks that every tag is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Opens."""
        if tag not in ("meta", "line", "circle", "rect", "polyline"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Closes what is open."""
        assert self.open.pop() == tag


def test_it_is_whole_small_and_needs_nothing_else(document: Document) -> None:
    page = page_of(document)
    parser = Balance()
    parser.feed(re.sub(r"(<(?:line|circle|rect|polyline)[^>]*)/>", r"\1>", page))
    assert parser.open == []
    assert len(page.encode()) < 150_000
    assert not re.search(r"https?:|url\(|<script|<link|<img|@import", page)
    assert "prefers-color-scheme:dark" in page
    assert "@media print" in page


def test_every_plot_has_its_figures_behind_it(document: Document) -> None:
    page = page_of(document)
    for title in ("Calibration", "Lorenz curve of exposure", "Recall by source"):
        assert title in page
    assert page.count("<details>") == page.count('role="img"') == 3


def test_what_comes_from_data_is_escaped(document: Document) -> None:
    data = msgspec.structs.replace(document.data, name="<script>alert(1)</script>")
    page = page_of(msgspec.structs.replace(document, data=data, notes=["a < b & c"]))
    assert "<script" not in page
    assert "a &lt; b &amp; c" in page


def test_lists_without_exposure_are_refused(document: Document) -> None:
    bare = {name: msgspec.structs.replace(each, exposure={}) for name, each in document.systems.items()}
    with pytest.raises(Refused, match="exposure"):
        page_of(msgspec.structs.replace(document, systems=bare))
    with pytest.raises(Refused, match="exposure"):
        check_exposure(bare)
