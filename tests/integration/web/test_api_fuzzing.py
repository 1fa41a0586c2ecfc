"""Whatever a program sends, the API answers as its description says, and never with a fault of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings as profile
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.browsing import Pages
from tests.support.ministry import Ministry
from workflow.services import api_tokens
from workflow.web.programs import OPERATIONS

pytestmark = pytest.mark.unmeasured

CHECKS = [
    schemathesis.checks.not_a_server_error, content_type_conformance, response_schema_conformance,
    status_code_conformance, negative_data_rejection,
]  # fmt: skip


@pytest.fixture
def described(sqlite_engine: Any, tmp_path: Path) -> Any:
    """The description as the application gives it, with a key that is for everything."""
    pages = Pages(Ministry(sqlite_engine, tmp_path / "papers"), tmp_path)
    pages.ministry.walk(pages.ministry.drafts(2), "received")
    person = "BO/SECRETARIAT"
    token = api_tokens.make(
        pages.ministry.desk, pages.account(person), person, "test", api_tokens.SCOPES, 30,
        machine_now=pages.machine, now=pages.ministry.now,
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {token}", "Host": "127.0.0.1:8080"}
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", pages.app, headers=headers), headers


@pytest.mark.slow
@pytest.mark.parametrize("operation", [each.name for each in OPERATIONS])
def test_no_request_finds_a_fault(described: Any, operation: str) -> None:
    schema, headers = described
    (found,) = [
        each.ok() for each in schema.get_all_operations() if each.ok().definition.raw["operationId"] == operation
    ]

    @profile(
        max_examples=15, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )  # fmt: skip
    @given(case=found.as_strategy())
    def answers(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    answers()
