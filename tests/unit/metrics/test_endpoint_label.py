"""Routes as labels."""

from __future__ import annotations

import pytest

from kbstore import metrics
from kbstore.errors import Locked
from kbstore.rest.endpoint_label import ROUTE, endpoint_of, is_counted, template_of
from kbstore.rest.errors import exception_handler


@pytest.mark.parametrize(
    ("route", "template"),
    [
        ("", "/"),
        ("projects", "/projects"),
        ("projects/<str:project_id>", "/projects/{project_id}"),
        ("/s3/<bucket>/<path:key>", "/s3/{bucket}/{key}"),
    ],
)
def test_a_route_becomes_a_template(route: str, template: str) -> None:
    assert template_of(route) == template


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/", "/"),
        ("/health", "/health"),
        ("/projects/7", "/projects/{project_id}"),
        ("/projects/7/files/prepare", "/projects/{project_id}/files/prepare"),
        ("/projects/7/files/12", "/projects/{project_id}/files/{file_id}"),
        ("/projects/7/", "unmatched"),
        ("/.env", "unmatched"),
        ("/admin", "/admin"),
        ("/admin/storage/project/7/change/", "/admin"),
        ("/administrator", "unmatched"),
    ],
)
def test_a_path_is_labelled_by_its_route(path: str, endpoint: str) -> None:
    assert endpoint_of({"path": path}) == endpoint


def test_an_application_in_front_of_the_url_conf_may_name_its_route() -> None:
    assert endpoint_of({"path": "/s3/b/k", ROUTE: "s3/<bucket>/<path:key>"}) == "/s3/{bucket}/{key}"


@pytest.mark.parametrize("path", ["/metrics", "/docs", "/redoc", "/openapi.json", "/static/x.css"])
def test_not_counted(path: str) -> None:
    assert not is_counted(path)


class Asked:
    path = "/projects/7"


def test_an_unexpected_fault_is_counted_by_its_class() -> None:
    counter = metrics.API_ERRORS.labels("ZeroDivisionError", "/projects/{project_id}")
    before = counter._value.get()
    assert exception_handler(ZeroDivisionError(), {"request": Asked()}).status_code == 500
    assert counter._value.get() == before + 1


def test_a_refusal_is_no_fault() -> None:
    exception_handler(Locked("x"), {"request": Asked()})
    (family,) = metrics.API_ERRORS.collect()
    assert "Locked" not in {sample.labels["type"] for sample in family.samples}
