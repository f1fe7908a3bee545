"""Generated requests, good and bad, against every route: never a 5xx, and every answer as documented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

from twofold.bootstrap import assemble
from twofold.domain.person import Person
from twofold.entrypoints.api.app import create_app
from twofold.settings import Settings

# Per route and mode; more find no more here, and take time in every run.
EXAMPLES = 25
# Some of what is generated must be accepted, or nothing behind the validation was reached.
GOOD = {GenerationMode.POSITIVE: 30, GenerationMode.NEGATIVE: 0}
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The application on SQLite, with people whose ids the generator is likely to find."""
    folder = tmp_path_factory.mktemp("data")
    twofold = assemble(Settings(data_dir=folder, auto_train=False, admit_age_unknown=True))
    twofold.people.put_many([Person(id=each) for each in ("0", "1", "a", "A", "00")])
    yield schemathesis.openapi.from_asgi("/openapi.json", create_app(twofold))
    twofold.close()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_route_answers_as_documented(documented: Any, mode: GenerationMode) -> None:
    statuses: Counter[int] = Counter()

    @given(data=st.data())
    @settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    def call(operation: Any, data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        statuses[case.call_and_validate(checks=CHECKS).status_code] += 1

    for operation in operations_of(documented, mode):
        call(operation)
    assert statuses[422]
    assert sum(statuses[good] for good in (200, 201, 204)) >= GOOD[mode]


def operations_of(documented: Any, mode: GenerationMode) -> list[Any]:
    """All operations; without those that have nothing that could be wrong when wrong requests are wanted."""
    operations = [result.ok() for result in documented.get_all_operations()]
    assert len(operations) == 15
    if mode is GenerationMode.POSITIVE:
        return operations
    return [each for each in operations if each.body or list(each.iter_parameters())]
