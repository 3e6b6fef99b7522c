"""Rest-core section 2: what every path has in common."""

from __future__ import annotations

import json
import re
import socket
import uuid
from collections.abc import Iterator

import pytest

from tests.cast import BUCKETS, TABLES, Person, Server

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def send_raw(server: Server, request: bytes) -> bytes:
    """What no client library would send; the beginning of the answer."""
    with socket.create_connection(("127.0.0.1", server.http.base_url.port), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(10_000)


# --- paths and methods


@pytest.mark.parametrize(
    "path", ["/nope", "/api/v1/projects", "/projects/{p}/buckets", "/projects/{p}/branches//buckets", "/projects/a%00b"]
)
def test_an_unknown_path_is_404(alice: Person, path: str) -> None:
    reply = alice.get(path)
    assert (reply.status_code, reply.text) == (404, '{"detail":"Not Found"}')
    assert reply.headers["Content-Type"] == "application/json"


def test_an_encoded_slash_leads_nowhere(alice: Person) -> None:
    assert alice.get("/projects/{p}/branches/default/buckets/a%2Fb").text == '{"detail":"Not Found"}'


def test_a_wrong_method_is_405_even_without_a_key(nobody: Person) -> None:
    reply = nobody.request("PATCH", "/projects/{p}")
    assert (reply.status_code, reply.text) == (405, '{"detail":"Method Not Allowed"}')
    assert reply.headers["Allow"] == "DELETE, GET, HEAD, PUT"


def test_head_is_get_without_a_body(alice: Person) -> None:
    get, head = alice.get("/projects/{p}"), alice.request("HEAD", "/projects/{p}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_trailing_slash_is_redirected_by_307(nobody: Person, method: str) -> None:
    reply = nobody.request(method, "/projects/?limit=5", content=b"x")
    assert (reply.status_code, reply.headers["Location"], reply.content) == (307, "/projects?limit=5", b"")


def test_a_redirect_never_leads_to_another_host(server: Server) -> None:
    assert send_raw(server, b"GET //evil.example/projects/ HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 404")
    reply = send_raw(server, b"GET /projects/ HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    assert b"\r\nlocation: /projects\r\n" in reply.lower()


def test_the_branch_of_main_is_lower_case_default(alice: Person) -> None:
    for branch in ("DEFAULT", "main", "nope"):
        reply = alice.get(BUCKETS, br=branch)
        assert reply.status_code == 404
        assert reply.json()["detail"] == {
            "error": "branch_not_found",
            "message": f"Branch {branch} not found in project {alice.project_id}",
            "details": {"project_id": alice.project_id, "branch_id": branch},
        }


# --- bodies


def test_json_is_compact_and_not_escaped(alice: Person) -> None:
    reply = alice.put("/projects/{p}", json={"name": "Žluť 🐎"})
    assert reply.headers["Content-Type"] == "application/json"
    assert '"name":"Žluť 🐎"' in reply.text


@pytest.mark.parametrize(
    "content_type", [None, "application/json", "application/json; charset=x", "application/a+json"]
)
def test_these_content_types_are_json(alice: Person, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert alice.put("/projects/{p}", content=b'{"name":"x"}', headers=headers).json()["name"] == "x"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_other_content_types_are_not_parsed(alice: Person, content_type: str) -> None:
    reply = alice.put("/projects/{p}", content=b'{"name":"x"}', headers={"Content-Type": content_type})
    assert reply.status_code == 422
    item = reply.json()["detail"][0]
    assert (item["type"], item["loc"], item["input"]) == ("model_attributes_type", ["body"], '{"name":"x"}')


@pytest.mark.parametrize("content", [b"", b"null"])
def test_a_missing_body_is_422(alice: Person, content: bytes) -> None:
    reply = alice.put("/projects/{p}", content=content)
    assert reply.status_code == 422
    assert reply.json() == {"detail": [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}]}


@pytest.mark.parametrize(
    ("content", "position"),
    [(b'{"name":', 8), (b"{name: 1}", 1), (b'{"a":NaN}', 0), (b'{"a":1e999}', 0), (b'{"name":"\\ud800"}', 0)],
)
def test_a_syntax_error_is_json_invalid(alice: Person, content: bytes, position: int) -> None:
    reply = alice.put("/projects/{p}", content=content)
    assert reply.status_code == 422
    item = reply.json()["detail"][0]
    assert (item["type"], item["loc"], item["msg"]) == ("json_invalid", ["body", position], "JSON decode error")
    assert item["input"] == {}
    assert item["ctx"]["error"]


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' + b"9" * 10_000 + b"}"])
def test_json_that_no_parser_should_take_is_refused(alice: Person, content: bytes) -> None:
    assert alice.put("/projects/{p}", content=content).json()["detail"][0]["type"] == "json_invalid"


def test_bytes_that_are_not_utf8_are_400(alice: Person) -> None:
    reply = alice.put("/projects/{p}", content=b'{"name":"\xff"}')
    assert (reply.status_code, reply.json()) == (400, {"detail": "There was an error parsing the body"})


def test_an_endpoint_without_a_body_ignores_one(alice: Person) -> None:
    assert alice.request("GET", "/projects/{p}", content=b"{broken").status_code == 200


def test_unknown_fields_are_ignored(alice: Person) -> None:
    assert alice.put("/projects/{p}", json={"name": "x", "description": "y"}).status_code == 200


def test_the_last_of_a_repeated_parameter_wins(admin: Person) -> None:
    assert admin.get("/projects?limit=0&limit=1").status_code == 200


def test_a_body_over_the_limit_is_413(alice: Person) -> None:
    reply = alice.put("/projects/{p}", content=b" " * (10 * 2**20 + 1))
    assert reply.status_code == 413
    assert reply.json()["detail"]["error"] == "payload_too_large"


def test_a_body_of_unknown_length_is_cut_at_the_limit(alice: Person) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 2**20

    assert alice.put("/projects/{p}", content=chunks()).status_code == 413


# --- authentication


@pytest.mark.parametrize("header", [None, "", "Basic eDp5", "Bearer", "tests-admin-key"])
def test_no_usable_credentials_are_401(server: Server, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    reply = server.http.get("/projects/unknown", headers=headers)
    assert (reply.status_code, reply.json()) == (401, {"detail": "Not authenticated"})
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_the_scheme_is_case_insensitive_and_the_key_is_not(alice: Person) -> None:
    get = alice.server.http.get
    path = f"/projects/{alice.project_id}"
    assert get(path, headers={"Authorization": f"bEARER {alice.key}"}).status_code == 200
    assert get(path, headers={"Authorization": f"Bearer {alice.key.upper()}"}).status_code == 403
    assert get(path, headers={"Authorization": f"Bearer  {alice.key}"}).status_code == 403


def test_other_key_headers_are_not_read(alice: Person, nobody: Person) -> None:
    assert nobody.get("/projects/{p}", headers={"X-Api-Key": alice.key}).status_code == 401


def test_a_project_key_on_an_admin_endpoint_is_401(alice: Person) -> None:
    reply = alice.get("/projects")
    assert reply.status_code == 401
    assert reply.json() == {"detail": {"error": "unauthorized", "message": "Invalid admin API key"}}
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_a_wrong_key_on_a_project_is_403(alice: Person, carol: Person) -> None:
    carol.project_id = alice.project_id
    reply = carol.get("/projects/{p}")
    assert reply.status_code == 403
    assert reply.json() == {"detail": {"error": "forbidden", "message": f"Access denied to project {alice.project_id}"}}
    assert "WWW-Authenticate" not in reply.headers


def test_whether_a_project_exists_is_not_revealed(admin: Person, alice: Person) -> None:
    assert admin.get("/projects/no-such-project").status_code == 404
    assert alice.get("/projects/no-such-project").status_code == 403


def test_authentication_comes_before_the_body(nobody: Person) -> None:
    assert nobody.put("/projects/{p}", content=b"{broken").status_code == 401
    assert nobody.put("/projects/{p}", json={"name": 1}).status_code == 401


def test_validation_comes_before_existence(admin: Person) -> None:
    assert admin.put("/projects/{p}", p="no-such-project", json={"name": 1}).status_code == 422


def test_all_problems_are_reported_at_once_in_order(alice: Person) -> None:
    reply = alice.post(TABLES, bucket="none", json={"columns": [{"name": 1}, {"name": "a", "type": None}]})
    assert [(item["type"], item["loc"]) for item in reply.json()["detail"]] == [
        ("missing", ["body", "name"]),
        ("string_type", ["body", "columns", 0, "name"]),
        ("missing", ["body", "columns", 0, "type"]),
        ("string_type", ["body", "columns", 1, "type"]),
    ]


@pytest.mark.parametrize(
    ("body", "item"),
    [
        (
            {"name": "t", "columns": []},
            {
                "type": "too_short",
                "loc": ["body", "columns"],
                "msg": "List should have at least 1 item after validation, not 0",
                "input": [],
                "ctx": {"field_type": "List", "min_length": 1, "actual_length": 0},
            },
        ),
        (
            {"name": "t", "columns": "x"},
            {"type": "list_type", "loc": ["body", "columns"], "msg": "Input should be a valid list", "input": "x"},
        ),
        (
            {"name": "t", "columns": ["x"]},
            {
                "type": "model_attributes_type",
                "loc": ["body", "columns", 0],
                "msg": "Input should be a valid dictionary or object to extract fields from",
                "input": "x",
            },
        ),
        (
            {"name": "t", "columns": [{"name": "a", "type": "INT", "nullable": "perhaps"}]},
            {
                "type": "bool_parsing",
                "loc": ["body", "columns", 0, "nullable"],
                "msg": "Input should be a valid boolean, unable to interpret input",
                "input": "perhaps",
            },
        ),
    ],
)
def test_items_of_validation_errors(alice: Person, body: dict, item: dict) -> None:
    reply = alice.post(TABLES, bucket="none", json=body)
    assert (reply.status_code, reply.json()) == (422, {"detail": [item]})


@pytest.mark.parametrize(
    ("value", "kind"),
    [("30", None), (5.0, None), (" 7 ", None), ("5.0", None), (7.5, "int_from_float"), ("x", "int_parsing"),
     (0, "greater_than_equal"), (366, "less_than_equal")],
)  # fmt: skip
def test_how_integers_are_read(alice: Person, value: object, kind: str | None) -> None:
    reply = alice.post("/projects/{p}/api-keys", json={"description": "", "expires_in_days": value})
    if kind is None:
        assert reply.status_code == 201
    else:
        assert (reply.status_code, reply.json()["detail"][0]["type"]) == (422, kind)


def test_a_wrong_word_is_a_literal_error(alice: Person) -> None:
    reply = alice.post("/projects/{p}/api-keys", json={"description": "", "scope": "root"})
    item = reply.json()["detail"][0]
    assert item["type"] == "literal_error"
    assert item["ctx"]["expected"] == "'project_admin', 'branch_admin' or 'branch_read'"


@pytest.mark.parametrize("query", ["limit=", "limit=x", "limit=0", "limit=1001", "offset=-1"])
def test_a_wrong_query_value_is_422(admin: Person, query: str) -> None:
    reply = admin.get(f"/projects?{query}")
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"] == ["query", query.split("=")[0]]


def test_an_offset_beyond_every_list_is_an_empty_page(admin: Person, alice: Person) -> None:
    for offset in (2**63 - 1, 10**30):
        assert admin.get(f"/projects?offset={offset}").json()["projects"] == []
        assert alice.get(f"/projects/{{p}}/api-keys?offset={offset}&limit=5").json()["api_keys"] == []


# --- request ids, CORS, numbers


def test_every_answer_has_a_request_id(alice: Person, nobody: Person) -> None:
    for reply in (
        alice.get("/projects/{p}"),
        nobody.get("/projects/{p}"),
        nobody.get("/nope"),
        nobody.get("/projects/"),
    ):
        assert UUID4.fullmatch(reply.headers["X-Request-ID"])


def test_a_given_request_id_comes_back(nobody: Person) -> None:
    given = f"job:1.{uuid.uuid4()}"
    assert nobody.get("/", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<script>"])
def test_an_odd_request_id_is_replaced(nobody: Person, given: str) -> None:
    assert UUID4.fullmatch(nobody.get("/", headers={"X-Request-ID": given}).headers["X-Request-ID"])


def test_any_origin_may_read_but_without_credentials(nobody: Person) -> None:
    for path in ("/", "/nope", "/projects/{p}"):
        headers = nobody.get(path, headers={"Origin": "https://example.org"}).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in headers
    assert "Access-Control-Allow-Origin" not in nobody.get("/").headers
    assert "Access-Control-Allow-Origin" not in nobody.get("/admin/login/", headers={"Origin": "https://x.y"}).headers


def test_a_preflight_is_answered(nobody: Person) -> None:
    asked = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization, x-idempotency-key",
    }
    reply = nobody.request("OPTIONS", "/projects/{p}", headers=asked)
    assert (reply.status_code, reply.text) == (200, "OK")
    assert reply.headers["Access-Control-Allow-Origin"] == "https://example.org"
    assert reply.headers["Access-Control-Allow-Methods"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
    assert reply.headers["Access-Control-Allow-Headers"] == "authorization, x-idempotency-key"
    assert reply.headers["Access-Control-Max-Age"] == "600"
    assert reply.headers["Vary"] == "Origin"
    asked["Access-Control-Request-Method"] = "TRACE"
    reply = nobody.request("OPTIONS", "/projects/{p}", headers=asked)
    assert (reply.status_code, reply.text) == (400, "Disallowed CORS method")


def test_options_without_an_origin_is_405(nobody: Person) -> None:
    assert nobody.request("OPTIONS", "/projects/{p}").status_code == 405


def test_big_integers_come_back_exactly(alice: Person) -> None:
    settings = {"small": 9223372036854775807, "big": 2**100, "text": "\u2028"}
    alice.put("/projects/{p}", json={"settings": settings})
    assert json.loads(alice.get("/projects/{p}").content)["settings"] == settings


def test_timestamps_have_microseconds_and_an_offset(alice: Person) -> None:
    created = alice.get("/projects/{p}").json()["created_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", created)


def test_204_has_no_body_and_no_length(alice: Person) -> None:
    alice.make_bucket("gone")
    reply = alice.delete(f"{BUCKETS}/gone")
    assert (reply.status_code, reply.content) == (204, b"")
    assert "Content-Length" not in reply.headers


def test_a_broken_request_line_does_not_hurt_the_server(server: Server) -> None:
    send_raw(server, b"GARBAGE\r\n\r\n")
    assert server.http.get("/health").status_code == 200
