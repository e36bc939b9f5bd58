"""The description of the API: valid, narrowed to who asks, and kept by what answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from nexus_admin import Nexus
from nexus_admin.web.api.doors import DOORS
from nexus_admin.web.api.openapi import description
from tests.web.api.world import add_dutch, served, with_token

KEPT = (
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.response_schema_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.status_code_conformance,
)


@pytest.fixture(scope="module")
def nexus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nexus]:
    folder: Path = tmp_path_factory.mktemp("openapi")
    with served(folder, **{"api.requests_per_minute": 1_000_000}) as app:
        yield app


@pytest.fixture(scope="module")
def ada(nexus: Nexus) -> TestClient:
    return with_token(nexus)


def test_every_door_is_described(ada: TestClient) -> None:
    told = ada.get("/api/openapi.json").json()
    assert told["openapi"] == "3.1.0"
    for door in DOORS:
        assert told["paths"][door.path][door.method.lower()]["x-permission"] == door.needs
    names = [one["operationId"] for path in told["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))


def test_it_is_valid(ada: TestClient) -> None:
    schemathesis.openapi.from_dict(ada.get("/api/openapi.json").json()).validate()


def test_strangers_and_small_roles_are_told_less(nexus: Nexus, ada: TestClient) -> None:
    assert "shop" not in TestClient(nexus).get("/api/openapi.json").text
    assert "/api/v1/shop/customers" in ada.get("/api/openapi.json").json()["paths"]
    told = add_dutch(nexus).get("/api/openapi.json")
    assert "post" not in told.json()["paths"]["/api/v1/shop/orders"]
    assert "total" not in told.json()["components"]["schemas"]["shop.orders"]["properties"]
    assert "odd" not in told.text


def test_answers_keep_the_description(nexus: Nexus, ada: TestClient) -> None:
    headers = {"Authorization": ada.headers["authorization"]}
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", nexus, headers=headers)
    tried = [operation.ok() for operation in schema.get_all_operations()]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def try_one(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(tried))
        case = data.draw(operation.as_strategy())
        answer = case.call(headers=headers)
        assert answer.status_code < 500, case.as_curl_command()
        case.validate_response(answer, checks=[*KEPT])

    try_one()


def test_the_description_needs_no_server() -> None:
    assert set(description(DOORS)["paths"]) == {door.path for door in DOORS}
