"""Every error of the domain keeps the wire's shape, whichever class raises it (rest-core 2.5)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

import files.errors
import kbstore.errors
import storage.errors
from kbstore import context
from kbstore.errors import Forbidden, KbstoreError, Kind, NotAuthenticated
from kbstore.rest.errors import (
    ValidationFailed,
    as_kbstore_error,
    error_body,
    error_headers,
    exception_handler,
    uncaught_body,
)
from tests.cast import TABLE, Person

MODULES: tuple[ModuleType, ...] = (kbstore.errors, storage.errors, files.errors)


def error_classes() -> Iterator[type[KbstoreError]]:
    for module in MODULES:
        for value in vars(module).values():
            is_error = inspect.isclass(value) and issubclass(value, KbstoreError)
            if is_error and value.__module__.startswith(module.__name__):
                yield value


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_has_a_status_on_each_protocol(kind: Kind) -> None:
    assert 400 <= kind.http_status < 600
    assert len(kind.sqlstate) == 5
    assert kind.grpc_status.isupper()


@pytest.mark.parametrize("error_class", list(error_classes()), ids=lambda value: value.__name__)
def test_each_class_has_a_stable_code(error_class: type[KbstoreError]) -> None:
    assert error_class.code.replace("_", "").isalnum()
    assert error_class.code == error_class.code.lower()


def test_a_domain_error_is_wrapped_with_details() -> None:
    error = KbstoreError("Broken", details={"a": 1}, code="x_failed")
    assert error_body(error)["detail"] | {"request_id": None} == {
        "error": "x_failed",
        "message": "Broken",
        "details": {"a": 1},
        "request_id": None,
    }
    assert error_body(kbstore.errors.NotFound("Gone")) == {
        "detail": {"error": "not_found", "message": "Gone", "details": {}}
    }


def test_refusals_have_no_details() -> None:
    assert error_body(Forbidden("No")) == {"detail": {"error": "forbidden", "message": "No"}}
    error = NotAuthenticated("Invalid admin API key")
    assert error_body(error) == {"detail": {"error": "unauthorized", "message": "Invalid admin API key"}}
    assert error_headers(error) == {"WWW-Authenticate": "Bearer"}
    assert error_body(NotAuthenticated()) == {"detail": "Not authenticated"}


def test_what_may_work_later_says_when() -> None:
    assert error_headers(kbstore.errors.Locked("busy")) == {"Retry-After": "5"}


def test_validation_items_are_the_detail() -> None:
    assert error_body(ValidationFailed([{"type": "missing"}])) == {"detail": [{"type": "missing"}]}


def test_an_unexpected_fault_is_not_wrapped_and_says_nothing(settings: Any) -> None:
    context.request_id.set("r-1")
    assert uncaught_body(ValueError("/secret/path")) == {
        "error": "internal_server_error",
        "message": "An internal error occurred",
        "request_id": "r-1",
    }
    settings.DEBUG = True
    assert uncaught_body(ValueError("why"))["message"] == "ValueError: why"


def test_the_handler_answers_faults_with_500() -> None:
    reply = exception_handler(ValueError("/secret/path"), {})
    assert (reply.status_code, reply.data["error"]) == (500, "internal_server_error")
    assert "secret" not in str(reply.data)


def test_a_busy_catalog_is_503_and_any_other_fault_of_it_is_not() -> None:
    assert as_kbstore_error(OperationalError("database is locked")).http_status == 503
    assert as_kbstore_error(OperationalError("no such table")) is None


def test_what_goes_away_between_a_check_and_its_change_is_a_conflict() -> None:
    error = as_kbstore_error(IntegrityError("FOREIGN KEY constraint failed"))
    assert (error.http_status, error.code, error.retryable) == (409, "changed_meanwhile", True)
    assert "KEY" not in error.message


def test_errors_have_the_wires_shape_over_http(alice: Person, admin: Person, orders: dict) -> None:
    replies = [
        admin.get("/projects/{p}", p="nope"),
        alice.get(TABLE, bucket="in.c-sales", table="nope"),
        alice.post("/projects/{p}/branches/default/buckets", json={"name": "in.c-sales"}),
        alice.post("/projects/{p}/branches/default/buckets", json={"name": "../x"}),
        alice.get("/jobs/nope"),
        alice.get("/projects/{p}/files/nope"),
        alice.post(TABLE + "/import/file", bucket="in.c-sales", table="orders", json={"file_id": "nope"}),
    ]
    for reply in replies:
        assert 400 <= reply.status_code < 500
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.json().keys() == {"detail"}
        assert reply.json()["detail"].keys() == {"error", "message", "details"}
        assert str(alice.server.data_dir) not in reply.text
