"""The OpenAPI document is complete, and a change of it is seen in review (snapshot in git)."""

from __future__ import annotations

import inspect
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve

from tests.cast import Person

SNAPSHOT = Path(__file__).with_name("openapi.snapshot.json")


@pytest.fixture
def document(nobody: Person) -> dict[str, Any]:
    reply = nobody.get("/openapi.json")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json"
    return reply.json()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, entry) for path, item in document["paths"].items() for method, entry in item.items()]


def test_the_document_is_that_of_the_snapshot(document: dict[str, Any]) -> None:
    """After an intended change run this file with KBSTORE_UPDATE_SNAPSHOTS=1 and commit the snapshot."""
    if os.environ.get("KBSTORE_UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    assert document == json.loads(SNAPSHOT.read_text())


def test_every_operation_says_what_it_is(document: dict[str, Any]) -> None:
    seen: set[str] = set()
    for method, path, entry in operations(document):
        assert entry["operationId"] not in seen, (method, path)
        assert entry["tags"], (method, path)
        seen.add(entry["operationId"])


def test_every_change_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for method, path, entry in operations(document):
        keys = [part for part in entry.get("parameters", []) if part["name"] == "X-Idempotency-Key"]
        assert bool(keys) == (method in ("post", "put", "delete")), (method, path)
        assert not any(part.get("required") for part in keys)


def test_every_call_that_may_become_a_job_says_so(document: dict[str, Any]) -> None:
    for method, path, entry in operations(document):
        view = resolve(re.sub("{[a-z_]+}", "x", path)).func.cls
        if "prefers_async" in inspect.getsource(getattr(view, method)):
            assert "202" in entry["responses"], (method, path)


def test_every_operation_names_the_errors_it_may_answer(document: dict[str, Any]) -> None:
    for method, path, entry in operations(document):
        named = set(entry["responses"])
        assert {"400", "500", "503"} <= named, (method, path)
        assert ({"401", "403", "429"} <= named) == (entry["security"] == [{"bearer": []}]), (method, path)
        assert "default" not in named, (method, path)


def test_there_is_one_bearer_scheme(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for part in json.dumps(document).split('"$ref": "')[1:]:
        name = part.split('"')[0].removeprefix("#/components/schemas/")
        assert name in document["components"]["schemas"], name


def test_the_pages_exist_only_in_debug_mode(nobody: Person) -> None:
    for path in ("/docs", "/redoc"):
        reply = nobody.get(path)
        assert (reply.status_code, reply.text) == (404, '{"detail":"Not Found"}')
    assert nobody.get("/").json()["docs"] is None


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_pages_load_nothing_from_elsewhere(client: Any, settings: Any, path: str) -> None:
    settings.DEBUG = True
    page = client.get(path)
    assert page.status_code == 200
    assert b"https://" not in page.content
    assert b"//cdn" not in page.content
    assert client.get("/").json()["docs"] == "/docs"
