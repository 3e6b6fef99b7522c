"""The server's own pre-signed URLs (s3.md A.6)."""

from __future__ import annotations

import datetime
import time
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from botocore.client import BaseClient

from tests.cast import Person, Server, start_server
from tests.live_server import ADMIN_KEY
from tests.s3_cast import SignedHttp

REFUSED = {"Code": "SignatureDoesNotMatch", "Message": "The request signature is invalid or expired"}
KEY = "dir/a b+c%d/ü?.csv"


@pytest.fixture
def key() -> str:
    return f"{uuid.uuid4().hex}/{KEY}"


def signed(person: Person, bucket: str, **body: Any) -> dict[str, Any]:
    reply = person.post(f"/s3/{bucket}/presign", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def below(url: str) -> str:
    """The URL without the host that the server believes to have."""
    assert url.startswith("http://localhost:8000/s3/")
    return url.removeprefix("http://localhost:8000")


def refused(reply: httpx.Response) -> bool:
    return (reply.status_code, reply.json()) == (403, {"detail": REFUSED})


def test_the_answer(project: Person, project_bucket: str, key: str) -> None:
    before = int(time.time())
    answer = signed(project, project_bucket, key=key)
    assert answer.keys() == {"url", "expires_at", "method"}
    assert answer["method"] == "GET"
    parts = urlsplit(answer["url"])
    assert parts.path == f"/s3/{project_bucket}/{key.split('/')[0]}/dir/a%20b%2Bc%25d/%C3%BC%3F.csv"
    query = parse_qs(parts.query)
    assert query.keys() == {"signature", "expires"}
    assert before + 3600 <= int(query["expires"][0]) <= time.time() + 3600
    assert datetime.datetime.fromisoformat(answer["expires_at"]).timestamp() == int(query["expires"][0])
    assert len(query["signature"][0]) == 43


def test_each_method_opens_itself_alone(project: Person, project_bucket: str, key: str, server: Server) -> None:
    urls = {
        method: below(signed(project, project_bucket, key=key, method=method)["url"])
        for method in ("PUT", "GET", "HEAD", "DELETE")
    }
    for method, status in (("PUT", 200), ("GET", 200), ("HEAD", 200), ("DELETE", 204)):
        for other, url in urls.items():
            reply = server.http.request(method, url, content=b"x" if method == "PUT" else None)
            assert reply.status_code == (status if other == method else 403)
        if method == "GET":
            assert server.http.get(urls["GET"]).content == b"x"


def test_a_project_may_be_spelled_either_way_but_not_changed(project: Person, project_bucket: str, key: str) -> None:
    http = project.server.http
    url = below(signed(project, project.project_id or "", key=key, method="PUT")["url"])
    assert http.put(url, content=b"x").status_code == 200
    assert refused(http.put(url.replace(project.project_id or "", project_bucket), content=b"x"))


@pytest.mark.parametrize("change", [("signature=", "signature=A"), ("/dir/", "/DIR/"), ("expires=1", "expires=2")])
def test_any_change_is_refused(project: Person, project_bucket: str, key: str, change: tuple[str, str]) -> None:
    url = below(signed(project, project_bucket, key=key)["url"])
    assert change[0] in url
    assert refused(project.server.http.get(url.replace(*change)))


def test_the_content_type_is_signed(project: Person, project_bucket: str, key: str) -> None:
    http = project.server.http
    url = below(signed(project, project_bucket, key=key, method="PUT", content_type="text/csv; a=b")["url"])
    assert "&content_type=text%2Fcsv%3B" in url
    assert http.put(url, content=b"x").status_code == 200
    assert refused(http.put(url.replace("csv", "html"), content=b"x"))
    assert refused(http.put(url.partition("&content_type")[0], content=b"x"))
    plain = below(signed(project, project_bucket, key=key, method="PUT")["url"])
    assert refused(http.put(plain + "&content_type=text/csv", content=b"x"))


def test_aliases_of_the_parameters(project: Person, project_bucket: str, key: str) -> None:
    http = project.server.http
    url = below(signed(project, project_bucket, key=key, method="PUT", content_type="text/csv")["url"])
    for name, alias in (
        ("signature", "X-Amz-Signature"),
        ("expires", "X-Amz-Expires"),
        ("content_type", "X-Amz-Content-Type"),
    ):
        url = url.replace(f"{name}=", f"{alias}=")
    assert http.put(url, content=b"x").status_code == 200


def test_an_expired_one_is_refused(project: Person, project_bucket: str, key: str) -> None:
    url = below(signed(project, project_bucket, key=key, expires_in=1)["url"])
    expires = int(parse_qs(urlsplit(url).query)["expires"][0])
    while time.time() <= expires:
        time.sleep(0.05)
    assert refused(project.server.http.get(url))


@pytest.mark.parametrize("value", ["soon", "", "1e9", "99999999999999999999999"])
def test_an_expiry_that_is_no_number(server: Server, project_bucket: str, value: str) -> None:
    reply = server.http.get(f"/s3/{project_bucket}/a?signature=x&expires={value}")
    expected = {"Code": "InvalidArgument", "Message": "Invalid expires value"}
    assert (reply.status_code, reply.json()) == (400, {"detail": expected})


def test_it_beats_a_key_sent_along(project: Person, project_bucket: str, key: str) -> None:
    assert refused(project.get(f"/s3/{project_bucket}/a?signature=x&expires=9999999999"))
    url = below(signed(project, project_bucket, key=key, method="PUT")["url"])
    reply = project.server.http.put(url, content=b"x", headers={"authorization": "Bearer wrong"})
    assert reply.status_code == 200


def test_a_signature_alone_is_not_this_form(server: Server, project_bucket: str) -> None:
    assert server.http.get(f"/s3/{project_bucket}/a?signature=x").status_code == 401


@pytest.mark.parametrize("query", ["?uploadId=x", "?attributes"])
def test_it_opens_no_other_operation(project: Person, project_bucket: str, key: str, query: str) -> None:
    method = "GET" if query == "?attributes" else "PUT"
    url = below(signed(project, project_bucket, key=key, method=method)["url"])
    reply = project.server.http.request(method, f"{url}&{query[1:]}&partNumber=1", content=b"x")
    assert reply.status_code == 401


def test_it_copies_nothing(project: Person, project_bucket: str, key: str) -> None:
    url = below(signed(project, project_bucket, key=key, method="PUT")["url"])
    headers = {"x-amz-copy-source": f"{project_bucket}/other"}
    assert project.server.http.put(url, headers=headers).status_code == 401


def test_a_reader_cannot_choose_what_the_browser_takes_it_for(project: Person, project_bucket: str, key: str) -> None:
    http = project.server.http
    http.put(below(signed(project, project_bucket, key=key, method="PUT")["url"]), content=b"<script>")
    url = below(signed(project, project_bucket, key=key)["url"])
    reply = http.get(url + "&response-content-type=text/html&response-content-disposition=inline")
    assert not (reply.headers.get("content-type") == "text/html" and reply.status_code == 200)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"key": 1},
        {"key": ""},
        {"key": "a", "method": "POST"},
        {"key": "a", "method": "get"},
        {"key": "a", "expires_in": 0},
        {"key": "a", "expires_in": 604_801},
        {"key": "a", "expires_in": "x"},
        {"key": "a", "content_type": 1},
        [],
    ],
)
def test_bad_bodies_are_422_in_the_shape_of_the_rest_api(project: Person, project_bucket: str, body: Any) -> None:
    reply = project.post(f"/s3/{project_bucket}/presign", json=body)
    assert reply.status_code == 422
    assert {"type", "loc", "msg", "input"} <= reply.json()["detail"][0].keys()
    assert reply.json()["detail"][0]["loc"][0] == "body"


def test_a_bad_body_is_told_to_those_who_may_ask(carol: Person, admin: Person, project_bucket: str) -> None:
    assert carol.post(f"/s3/{project_bucket}/presign", json={}).status_code == 403
    assert admin.post("/s3/project_nope/presign", json={}).status_code == 404
    assert admin.post(f"/s3/{project_bucket}/presign", content=b"{broken").status_code == 422


def test_the_longest_and_the_shortest(project: Person, project_bucket: str) -> None:
    for seconds in (1, 604_800):
        answer = signed(project, project_bucket, key="a", expires_in=seconds)
        expires = int(parse_qs(urlsplit(answer["url"]).query)["expires"][0])
        assert abs(time.time() + seconds - expires) < 10


def test_signed_requests_may_ask_for_them_too(raw_contract: SignedHttp, project_bucket: str, server: Server) -> None:
    reply = raw_contract.post(f"{project_bucket}/presign", content=b'{"key": "signed", "method": "PUT"}')
    assert server.http.put(below(reply.json()["url"]), content=b"x").status_code == 200


def test_presign_is_an_ordinary_key_besides(s3_contract: BaseClient, project_bucket: str) -> None:
    where = {"Bucket": project_bucket, "Key": "presign"}
    s3_contract.put_object(**where, Body=b"x")
    assert s3_contract.get_object(**where)["Body"].read() == b"x"
    assert s3_contract.head_object(**where)["ContentLength"] == 1
    upload = s3_contract.create_multipart_upload(**where)["UploadId"]
    s3_contract.abort_multipart_upload(**where, UploadId=upload)
    s3_contract.delete_object(**where)


def test_urls_are_counted(project: Person, project_bucket: str) -> None:
    def counted() -> float:
        text = project.server.http.get("/metrics").text
        name = 'duckdb_s3_presign_requests_total{method="HEAD"} '
        return float(text.partition(name)[2].partition("\n")[0] or 0)

    before = counted()
    signed(project, project_bucket, key="a", method="HEAD")
    assert counted() == before + 1


def test_settings_of_the_server_and_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("server")
    environment = {"PRESIGN_MAX_EXPIRY": "100", "PRESIGN_DEFAULT_EXPIRY": "60", "BASE_URL": "https://kb.example.org/"}
    server = start_server(directory, **environment)
    try:
        admin = Person(server, key=ADMIN_KEY)
        admin.post("/projects", json={"id": "p1"}).raise_for_status()
        reply = admin.post("/s3/p1/presign", json={"key": "a", "expires_in": 101})
        message = {"Code": "InvalidArgument", "Message": "Expiry cannot exceed 100 seconds"}
        assert (reply.status_code, reply.json()) == (400, {"detail": message})
        url = signed(admin, "p1", key="a", method="PUT")["url"]
        assert url.startswith("https://kb.example.org/s3/p1/a?signature=")
        assert int(parse_qs(urlsplit(url).query)["expires"][0]) <= time.time() + 61
    finally:
        server.stop()
    server = start_server(directory, **environment)
    try:
        assert server.http.put(url.removeprefix("https://kb.example.org"), content=b"x").status_code == 200
    finally:
        server.stop()
