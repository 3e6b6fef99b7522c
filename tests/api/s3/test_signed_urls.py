"""Who is let in by a URL that was signed as AWS does it, under both mounts, and what the others are told."""

from __future__ import annotations

import uuid

import pytest
from botocore.client import BaseClient

from tests.s3_signer import Draft, Reply

LET_IN = (404, "NoSuchKey")
MISMATCH = (403, "SignatureDoesNotMatch")
DENIED = (403, "AccessDenied")
MALFORMED = (400, "AuthorizationQueryParametersError")
WEEK = 604_800


@pytest.fixture(params=["root", "contract"])
def draft(request: pytest.FixtureRequest, root_endpoint: str, contract_endpoint: str, project_bucket: str) -> Draft:
    """A GET that is answered by NoSuchKey once it is let in."""
    endpoint = root_endpoint if request.param == "root" else contract_endpoint
    return Draft(endpoint, target=f"/{project_bucket}/no-such-key")


def test_a_signed_url_is_let_in(draft: Draft) -> None:
    assert draft.url_signed().send().error == LET_IN


@pytest.mark.parametrize("expires", ["1", "60", str(WEEK)])
def test_a_url_is_good_from_a_second_to_a_week(draft: Draft, expires: str) -> None:
    assert draft.url_signed(expires=expires, seconds_ago=-5).send().error == LET_IN
    assert draft.url_signed(expires=str(WEEK), seconds_ago=WEEK - 100).send().error == LET_IN


@pytest.mark.parametrize("expires", ["0", "-7", "604801", "99999999999"])
def test_a_url_cannot_be_good_for_longer_or_shorter(draft: Draft, expires: str) -> None:
    assert draft.url_signed(expires=expires).send().error == DENIED


def test_an_expired_url_is_told_so(draft: Draft) -> None:
    reply = draft.url_signed(expires="60", seconds_ago=62).send()
    assert (reply.error, reply.element("Message")) == (DENIED, "Request has expired")
    assert reply.element("Expires") < reply.element("ServerTime")


def test_an_expired_upload_is_refused(draft: Draft) -> None:
    assert draft.with_(method="PUT", body=b"late").url_signed(expires="1", seconds_ago=3).send().error == DENIED


def test_a_url_of_the_future_is_not_yet_good(draft: Draft) -> None:
    reply = draft.url_signed(seconds_ago=-1000).send()
    assert (reply.error, reply.element("Message")) == (DENIED, "Request is not yet valid")
    assert draft.url_signed(seconds_ago=-800).send().error == LET_IN


@pytest.mark.parametrize("name", ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"])
def test_every_parameter_is_needed(draft: Draft, name: str) -> None:
    assert draft.url_signed(**{name: None}).send().error == MALFORMED
    assert draft.url_signed(**{name: ""}).send().error == MALFORMED


@pytest.mark.parametrize(
    "parameters",
    [
        {"Algorithm": "AWS4-HMAC-SHA1"},
        {"Credential": "duckdb"},
        {"Credential": "duckdb/20250101/local/s3/aws2_request"},
        {"Date": "2025-01-01"},
        {"Date": "20251301T000000Z"},
        {"Expires": "soon"},
        {"Expires": "1.5"},
    ],
)
def test_malformed_parameters_are_told_so(draft: Draft, parameters: dict[str, str]) -> None:
    assert draft.url_signed(**parameters).send().error == MALFORMED


def test_a_changed_url_is_refused(draft: Draft) -> None:
    signed = draft.with_(target=f"{draft.target}?response-content-type=text/plain").url_signed()
    for one, other in [
        ("X-Amz-Expires=60", "X-Amz-Expires=600"),
        ("no-such-key", "another-key"),
        ("text/plain", "text/html"),
        ("response-content-type=text/plain&", ""),
        ("X-Amz-Date", "acl&X-Amz-Date"),
    ]:
        assert one in signed.target
        assert signed.with_(target=signed.target.replace(one, other)).send().error == MISMATCH


def test_a_url_is_good_for_its_method_and_host_alone(draft: Draft) -> None:
    signed = draft.url_signed()
    assert signed.with_(method="DELETE").send().error == MISMATCH
    assert signed.with_(method="HEAD").send().status == 403
    assert signed.with_headers(host="elsewhere.example").send().error == MISMATCH


def test_headers_of_s3_must_be_signed(draft: Draft) -> None:
    reply = draft.with_(method="PUT").url_signed().with_headers(x_amz_copy_source="/other/secret").send()
    assert (reply.error, reply.element("HeadersNotSigned")) == (DENIED, "x-amz-copy-source")
    assert draft.url_signed(SignedHeaders="range").send().error == DENIED


def test_a_signature_in_the_header_too_is_refused(draft: Draft) -> None:
    for authorization in ("Bearer x", draft.signed().headers["authorization"]):
        reply = draft.url_signed().with_headers(authorization=authorization).send()
        assert reply.error == (400, "InvalidArgument")


def test_an_unknown_pair_or_a_wrong_secret_is_refused(draft: Draft) -> None:
    assert draft.url_signed(pair=("KBNOBODY000000000000", "x")).send().error == (403, "InvalidAccessKeyId")
    assert draft.url_signed(pair=("duckdb", "wrong")).send().error == MISMATCH
    assert draft.with_(target="/no-such-bucket/key").url_signed(pair=("duckdb", "wrong")).send().error == MISMATCH


def test_unreadable_names_are_refused_before_anything_else(draft: Draft) -> None:
    assert draft.with_(target=f"{draft.target}?%ff=1").url_signed().send().error == (400, "InvalidURI")


@pytest.mark.parametrize("key", ["a b+c%d/é.txt", "..", "a//b", "x?y&z=1#", "üñî/日本/🙂"])
def test_boto3_signs_urls_for_any_key(
    s3_root: BaseClient, s3_contract: BaseClient, project_bucket: str, key: str
) -> None:
    for client in (s3_root, s3_contract):
        url = client.generate_presigned_url(
            "get_object", {"Bucket": project_bucket, "Key": key, "ResponseContentType": "a/b; c=d"}
        )
        assert (
            Draft(url.partition("/project")[0], target="/project" + url.partition("/project")[2]).send().error == LET_IN
        )


def test_a_payload_named_in_the_query_is_the_one_signed(draft: Draft) -> None:
    assert draft.url_signed(**{"Content-Sha256": "UNSIGNED-PAYLOAD"}).send().error == LET_IN
    assert draft.url_signed(**{"Content-Sha256": "anything"}).send().error == (400, "InvalidArgument")


def test_objects_are_put_read_and_deleted_by_urls_alone(s3_root: BaseClient, root_endpoint: str, bucket: str) -> None:
    def by_url(operation: str, method: str, body: bytes = b"", **parameters: str) -> Reply:
        url = s3_root.generate_presigned_url(operation, {"Bucket": bucket, **parameters})
        return Draft(root_endpoint, method=method, target=url.removeprefix(root_endpoint), body=body).send()

    assert by_url("put_object", "PUT", b"hello", Key="a b").status == 200
    assert by_url("get_object", "GET", Key="a b").text == "hello"
    assert by_url("head_object", "HEAD", Key="a b").headers["content-length"] == "5"
    assert "<Key>a%20b</Key>" in by_url("list_objects_v2", "GET", Prefix="a ").text
    assert by_url("delete_object", "DELETE", Key="a b").status == 204
    assert by_url("get_object", "GET", Key="a b").error == LET_IN


def test_a_url_outlives_its_object_and_its_bucket(s3_root: BaseClient, root_endpoint: str) -> None:
    name = f"gone-{uuid.uuid4().hex[:12]}"
    url = s3_root.generate_presigned_url("get_object", {"Bucket": name, "Key": "foo"})
    draft = Draft(root_endpoint, target=url.removeprefix(root_endpoint))
    assert draft.send().error == (404, "NoSuchBucket")
    s3_root.create_bucket(Bucket=name)
    assert draft.send().error == LET_IN
    s3_root.delete_bucket(Bucket=name)
    assert draft.send().error == (404, "NoSuchBucket")
