"""What goes wrong becomes the error that says so, with everything that the server told."""

from __future__ import annotations

import datetime
from email.utils import format_datetime

import pytest

import keboola_duckdb as sdk
from keboola_duckdb.bodies import retry_after_seconds
from tests.sdk.scripted_server import Scripted, scripted


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, sdk.ValidationError),
        (401, sdk.AuthenticationError),
        (403, sdk.PermissionDeniedError),
        (404, sdk.NotFoundError),
        (409, sdk.ConflictError),
        (422, sdk.ValidationError),
        (429, sdk.RateLimitError),
        (500, sdk.ServerError),
        (503, sdk.ServerError),
        (507, sdk.ServerError),
        (405, sdk.APIError),
        (423, sdk.APIError),
    ],
)
def test_each_status_has_its_error(connect, status, kind):
    body = {"detail": {"error": "some_code", "message": "Some words", "details": {"a": 1}}}
    with scripted(Scripted(status, body, {"X-Request-ID": "r-1"})) as server, pytest.raises(sdk.APIError) as raised:
        connect(server, max_retries=0).projects.get("p")
    error = raised.value
    assert type(error) is kind
    assert (error.status_code, error.code, error.message, error.details) == (
        status,
        "some_code",
        "Some words",
        {"a": 1},
    )
    assert (error.request_id, error.body) == ("r-1", body)
    assert all(part in str(error) for part in ("Some words", str(status), "some_code", "r-1"))


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"detail": "Not authenticated"}, "", "Not authenticated"),
        ({"error": "internal_server_error", "message": "An error"}, "internal_server_error", "An error"),
        ({"detail": {"error": None, "message": "m", "details": None}}, "", "m"),
        ({"detail": {"error": "x"}}, "", "The server answered 500 Internal Server Error"),
        ({"detail": None}, "", "The server answered 500 Internal Server Error"),
        ([1, 2], "", "The server answered 500 Internal Server Error"),
        (None, "", "The server answered 500 Internal Server Error"),
        ("", "", "The server answered 500 Internal Server Error"),
        ("plain words", "", "plain words"),
    ],
)
def test_any_body_makes_an_error(connect, body, code, message):
    with scripted(Scripted(500, body)) as server, pytest.raises(sdk.ServerError) as raised:
        connect(server).projects.get("p")
    assert (raised.value.code, raised.value.message) == (code, message)
    assert raised.value.request_id == server.asked[0].headers["X-Request-ID"]


def test_the_page_of_a_proxy_is_not_repeated(connect):
    page = Scripted(502, "<html><h1>Bad Gateway</h1></html>", {"Content-Type": "text/html"})
    with scripted(page) as server, pytest.raises(sdk.ServerError, match="502 Bad Gateway") as raised:
        connect(server, max_retries=0).projects.get("p")
    assert "<html>" not in raised.value.message


def test_what_is_wrong_with_fields_is_listed(connect):
    items = [
        {"type": "missing", "loc": ["body", "columns", 0, "name"], "msg": "Field required", "input": None},
        {"type": "int", "loc": ["query", "limit"], "msg": "Not a number", "input": "x"},
        "nonsense",
    ]
    with scripted(Scripted(422, {"detail": items})) as server, pytest.raises(sdk.ValidationError) as raised:
        connect(server).projects.get("p")
    assert [(each.field, each.message, each.type) for each in raised.value.field_errors] == [
        ("body.columns.0.name", "Field required", "missing"),
        ("query.limit", "Not a number", "int"),
    ]
    assert "body.columns.0.name: Field required" in str(raised.value)


@pytest.mark.parametrize("content_type", ["text/html", "application/json"])
def test_a_server_that_is_not_kbstore_is_noticed(connect, content_type):
    with scripted(Scripted(200, "<html>Welcome</html>", {"Content-Type": content_type})) as server:
        kb = connect(server)
        for ask in (lambda: kb.projects.get("p"), lambda: kb.projects.list()):
            with pytest.raises(sdk.APIError, match="not what kbstore sends"):
                ask()


def test_the_key_does_not_follow_a_redirect(connect):
    with scripted(Scripted(200, {})) as other:
        moved = Scripted(301, "", {"Location": f"{other.url}/projects/p"})
        with scripted(moved) as server, pytest.raises(sdk.APIError, match="redirects to"):
            connect(server.url, "key").projects.get("p")
        assert other.asked == []


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_would_leave_its_place_in_the_path_is_refused(connect, name):
    with scripted(Scripted(204)) as server:
        kb = connect(server)
        for ask in (
            lambda: kb.projects.delete(name),
            lambda: kb.buckets.delete("p", name),
            lambda: kb.buckets.delete("p", "b", branch=name),
            lambda: kb.tables.delete("p", "b", name),
        ):
            with pytest.raises(sdk.ConfigurationError):
                ask()
        assert server.asked == []


@pytest.mark.parametrize(
    ("name", "sent"),
    [("a/../b", "a%2F..%2Fb"), ("a?b=c#d", "a%3Fb%3Dc%23d"), ("a b%2F", "a%20b%252F"), ("ž", "%C5%BE")],
)
def test_any_other_name_stays_one_part_of_the_path(connect, name, sent):
    with scripted(Scripted(204)) as server:
        connect(server).buckets.delete("p", name)
        assert server.asked[0].path.split("?")[0] == f"/projects/p/branches/default/buckets/{sent}"


def test_a_server_below_a_path_is_reached(connect):
    with scripted(Scripted(204)) as server:
        connect(f"{server.url}/base/").projects.delete("p")
        assert server.asked[0].path == "/base/projects/p"


def test_each_request_says_who_asks(connect):
    with scripted(Scripted(204)) as server:
        connect(server.url, "some-key").projects.delete("p")
        headers = server.asked[0].headers
        assert headers["Authorization"] == "Bearer some-key"
        assert headers["User-Agent"] == f"keboola-duckdb-sdk/{sdk.__version__}"
        assert len(headers["X-Request-ID"]) == 32


def test_without_a_key_none_is_sent(connect):
    with scripted(Scripted(204)) as server:
        connect(server).projects.delete("p")
        assert server.asked[0].headers["Authorization"] is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3.0), ("0.5", 0.5), ("-1", 0.0), ("soon", None), ("nan", None), ("", None), (None, None)],
)
def test_retry_after_is_read(value, seconds):
    assert retry_after_seconds(value) == seconds


def test_retry_after_may_be_a_date():
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=100)
    assert 95 < (retry_after_seconds(format_datetime(moment, usegmt=True)) or 0) <= 100
    assert retry_after_seconds("Thu, 01 Jan 1970 00:00:00 GMT") == 0.0


def test_the_tree_of_errors_is_that_of_the_contract():
    for kind in (sdk.ConfigurationError, sdk.NetworkError, sdk.APIError, sdk.JobFailedError):
        assert kind.__bases__ == (sdk.StorageError,)
    assert sdk.TimeoutError.__bases__ == (sdk.NetworkError,)
    for kind in (
        sdk.AuthenticationError,
        sdk.PermissionDeniedError,
        sdk.NotFoundError,
        sdk.ConflictError,
        sdk.ValidationError,
        sdk.RateLimitError,
        sdk.ServerError,
    ):
        assert kind.__bases__ == (sdk.APIError,)
