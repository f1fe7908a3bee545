"""The HTTP interface and the names of metrics, which clients and dashboards rely on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from twofold.bootstrap import Twofold, assemble
from twofold.entrypoints.api.app import create_app
from twofold.observability import Metrics
from twofold.settings import Settings

Golden = Callable[[str, str], None]


@pytest.fixture
def twofold(tmp_path: Path) -> Iterator[Twofold]:
    twofold = assemble(Settings(data_dir=tmp_path, database_url="memory:"))
    yield twofold
    twofold.close()


def test_openapi(twofold: Twofold, golden: Golden) -> None:
    document = create_app(twofold).openapi()
    document["info"]["version"] = "0"  # a release alone changes nothing for clients
    golden("openapi.json", json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n")


def test_metric_names(golden: Golden) -> None:
    """Names, types, labels and what each is for."""
    metrics = Metrics()
    lines = []
    for family in sorted(metrics._registry.collect(), key=lambda each: each.name):
        labels = getattr(metrics._registry._names_to_collectors[family.name], "_labelnames", ())
        lines.append(f"{family.name} {family.type} {{{','.join(labels)}}} {family.documentation}")
    assert lines
    assert not any(re.search(r"person|viewer|actor|target|path", line.partition("}")[0]) for line in lines)
    golden("metrics.txt", "\n".join(lines) + "\n")
