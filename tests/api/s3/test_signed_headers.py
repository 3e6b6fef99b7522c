"""Who is let in by a signature in the Authorization header, and what the others are told."""

from __future__ import annotations

import email.utils
import time

import pytest

from tests.s3_cast import GLOBAL_PAIR
from tests.s3_signer import Draft


@pytest.fixture
def draft(root_endpoint: str, project_bucket: str) -> Draft:
    """A GET that is answered by NoSuchKey once it is let in."""
    return Draft(root_endpoint, target=f"/{project_bucket}/no-such-key")


@pytest.fixture(params=["root", "contract"])
def endpoint(request: pytest.FixtureRequest, root_endpoint: str, contract_endpoint: str) -> str:
    return root_endpoint if request.param == "root" else contract_endpoint


LET_IN = (404, "NoSuchKey")
MISMATCH = (403, "SignatureDoesNotMatch")


# --- let in


def test_a_right_signature_is_let_in(endpoint: str, project_bucket: str) -> None:
    assert Draft(endpoint, target=f"/{project_bucket}/no-such-key").signed().send().error == LET_IN


@pytest.mark.parametrize("seconds_ago", [-890, 890])
def test_clocks_may_differ_by_a_quarter_of_an_hour(draft: Draft, seconds_ago: int) -> None:
    assert draft.signed(seconds_ago=seconds_ago).send().error == LET_IN


def test_the_moment_may_be_in_the_date_header(draft: Draft) -> None:
    date = email.utils.formatdate(time.time(), usegmt=True)
    signed = draft.with_headers(date=date).signed(signed=["date", "host", "x-amz-content-sha256"])
    assert signed.with_headers(x_amz_date=None).send().error == LET_IN


def test_without_a_hash_of_the_body_the_body_is_unsigned(draft: Draft) -> None:
    signed = draft.with_headers(x_amz_content_sha256="UNSIGNED-PAYLOAD").signed(signed=["host", "x-amz-date"])
    assert signed.with_headers(x_amz_content_sha256=None).send().error == LET_IN


@pytest.mark.parametrize("path", ["a%20b%2Bc%25d/%C3%A9.txt", "..%2F..%2Fx", "a//b", "a/../b", "~", "%2F", "x%0Ay"])
def test_any_key_can_be_signed(draft: Draft, project_bucket: str, path: str) -> None:
    assert draft.with_(target=f"/{project_bucket}/{path}").signed().send().error == LET_IN


# --- what was signed is what counts


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "DELETE"},
        {"target": "/other-bucket/no-such-key"},
        {"target": "/{}/another-key"},
        {"target": "/{}/no-such-key?acl"},
        {"target": "/{}/no-such-key/"},
        {"target": "//{}/no-such-key"},
        {"target": "/{}/x/../no-such-key"},
    ],
)
def test_a_signature_is_good_for_nothing_else(draft: Draft, project_bucket: str, changes: dict[str, str]) -> None:
    changes = {name: value.format(project_bucket) for name, value in changes.items()}
    assert draft.signed().with_(**changes).send().error == MISMATCH


def test_a_signature_is_good_for_its_host_alone(draft: Draft) -> None:
    assert draft.signed().with_headers(host="elsewhere.example").send().error == MISMATCH


def test_the_word_of_a_proxy_for_the_host_is_not_believed(draft: Draft) -> None:
    signed = draft.with_headers(host="public.example").signed().with_headers(host=draft.host)
    assert signed.with_headers(x_forwarded_host="public.example").send().error == MISMATCH


def test_a_signed_header_cannot_be_changed_or_taken_away(draft: Draft) -> None:
    signed = draft.with_headers(range="bytes=0-9").signed()
    assert signed.with_headers(range="bytes=0-10").send().error == MISMATCH
    assert signed.with_headers(range=None).send().error == MISMATCH


def test_headers_of_s3_cannot_be_added_unsigned(draft: Draft) -> None:
    reply = draft.signed().with_headers(x_amz_copy_source="/other/secret").send()
    assert reply.error == (403, "AccessDenied")
    assert reply.element("HeadersNotSigned") == "x-amz-copy-source"


def test_the_host_must_be_signed(draft: Draft) -> None:
    reply = draft.signed(signed=["x-amz-content-sha256", "x-amz-date"]).send()
    assert (reply.error, reply.element("HeadersNotSigned")) == ((403, "AccessDenied"), "host")


def test_other_headers_may_be_added_unsigned(draft: Draft) -> None:
    assert draft.signed().with_headers(range="bytes=0-1", x_amzn_trace_id="Root=1").send().error == LET_IN


def test_a_signature_of_another_day_is_refused(draft: Draft) -> None:
    assert draft.signed(day="20200101").send().error == MISMATCH


# --- time


@pytest.mark.parametrize("seconds_ago", [-1000, 1000, 86400])
def test_a_request_cannot_be_replayed_later(draft: Draft, seconds_ago: int) -> None:
    reply = draft.signed(seconds_ago=seconds_ago).send()
    assert reply.error == (403, "RequestTimeTooSkewed")
    assert reply.element("MaxAllowedSkewMilliseconds") == "900000"
    assert reply.element("ServerTime")


def test_only_who_knows_the_secret_is_told_about_clocks(draft: Draft) -> None:
    assert draft.signed(pair=("duckdb", "wrong"), seconds_ago=1000).send().error == MISMATCH


@pytest.mark.parametrize(
    "date", ["", "Bad Date", "20250101", "20251341T000000Z", "20250101T000000", "２０２５0101T000000Z"]
)
def test_a_moment_that_cannot_be_read_is_refused(draft: Draft, date: str) -> None:
    signed = draft.signed().with_headers(x_amz_date=date.encode().decode("latin-1"))
    assert signed.send().error == (403, "AccessDenied")


def test_a_request_without_a_moment_is_refused(draft: Draft) -> None:
    assert draft.signed().with_headers(x_amz_date=None).send().error == (403, "AccessDenied")


# --- identity


def test_an_unknown_access_key_is_told_so(draft: Draft) -> None:
    reply = draft.signed(pair=("KBNOBODY000000000000", "x")).send()
    assert (reply.error, reply.element("AWSAccessKeyId")) == ((403, "InvalidAccessKeyId"), "KBNOBODY000000000000")


def test_a_wrong_secret_is_told_what_was_signed_here(draft: Draft) -> None:
    reply = draft.signed(pair=("duckdb", "wrong")).send()
    assert reply.error == MISMATCH
    assert reply.element("StringToSign").startswith("AWS4-HMAC-SHA256\n")
    assert reply.element("CanonicalRequest").startswith(f"GET\n{draft.target}\n")
    assert GLOBAL_PAIR[1] not in reply.text


def test_a_security_token_is_not_shown_again(draft: Draft) -> None:
    reply = draft.with_headers(x_amz_security_token="hush").signed(pair=("duckdb", "wrong")).send()
    assert reply.error == MISMATCH
    assert "hush" not in reply.text


def test_a_security_token_of_a_pair_is_signed_and_otherwise_ignored(draft: Draft) -> None:
    assert draft.with_headers(x_amz_security_token="any").signed().send().error == LET_IN


def test_a_wrong_secret_learns_nothing_of_buckets(draft: Draft) -> None:
    for target in ("/no-such-bucket/key", "/no-such-bucket", "/"):
        assert draft.with_(target=target).signed(pair=("duckdb", "wrong")).send().error == MISMATCH


def test_nobody_is_refused(draft: Draft) -> None:
    assert draft.send().error == (403, "AccessDenied")
    assert draft.with_headers(authorization="").send().error == (403, "AccessDenied")
    assert draft.with_(method="PUT", body=b"x").send().error == (403, "AccessDenied")
    assert draft.with_(target="/new-bucket", method="PUT").send().error == (403, "AccessDenied")
    assert draft.with_(target="/").send().error == (403, "AccessDenied")


def test_nobody_may_not_rename_answers(draft: Draft) -> None:
    target = f"{draft.target}?response-content-type=text/html"
    assert draft.with_(target=target).send().error == (400, "InvalidRequest")


# --- malformed


CREDENTIAL = "duckdb/20250101/local/s3/aws4_request"


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 hahaha",
        f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}",
        f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host",
        f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host, Signature=",
        f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host, Signature=a, Signature=b",
        f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host, Signature=a, More=b",
        *(
            f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={'0' * 64}"
            for credential in [
                "duckdb",
                "/20250101/local/s3/aws4_request",
                "duckdb/20250101/local/aws4_request",
                "duckdb/2025011/local/s3/aws4_request",
                "duckdb/20251301/local/s3/aws4_request",
                "duckdb/2025-01-01/local/s3/aws4_request",
                "duckdb/20250101/local//aws4_request",
                "duckdb/20250101/local/s3/aws2_request",
                "duckdb/20250101/local/s3/",
                f"duckdb/20250101/{'x' * 1000}/s3/aws4_request",
            ]
        ),
    ],
)
def test_a_malformed_header_is_told_so(draft: Draft, authorization: str) -> None:
    assert draft.signed().with_headers(authorization=authorization).send().error == (
        400,
        "AuthorizationHeaderMalformed",
    )


@pytest.mark.parametrize("signature", ["x", "0" * 64, "0" * 63, "é"])
def test_any_other_signature_is_wrong(draft: Draft, signature: str) -> None:
    signed = draft.signed()
    head = signed.headers["authorization"].partition("Signature=")[0]
    assert signed.with_headers(authorization=f"{head}Signature={signature}").send().error == MISMATCH


@pytest.mark.parametrize("authorization", ["AWS hahaha", "AWS duckdb:c2lnbmF0dXJl"])
def test_signatures_of_version_2_are_refused(draft: Draft, authorization: str) -> None:
    reply = draft.with_headers(authorization=authorization).send()
    assert reply.error == (400, "InvalidRequest")
    assert "Please use AWS4-HMAC-SHA256" in reply.element("Message")


def test_urls_of_version_2_are_refused(draft: Draft) -> None:
    target = f"{draft.target}?AWSAccessKeyId=duckdb&Expires=9999999999&Signature=c2ln"
    assert draft.with_(target=target).send().error == (400, "InvalidRequest")


@pytest.mark.parametrize("authorization", ["Basic ZHVja2RiOng=", "AWS4-ECDSA-P256-SHA256 Credential=x", "x"])
def test_other_kinds_of_authorization_are_refused(draft: Draft, authorization: str) -> None:
    assert draft.with_headers(authorization=authorization).send().error == (400, "InvalidArgument")


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ("", (400, "InvalidArgument")),
        ("unsigned-payload", (400, "InvalidArgument")),
        ("0" * 63, (400, "InvalidArgument")),
        ("STREAMING-", (400, "InvalidArgument")),
        ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", (501, "NotImplemented")),
        ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", (501, "NotImplemented")),
        ("UNSIGNED-PAYLOAD", LET_IN),
        ("A" * 64, LET_IN),  # nobody reads the body of a GET
    ],
)
def test_what_stands_for_the_body_must_be_known(draft: Draft, payload: str, error: tuple[int, str]) -> None:
    assert draft.with_headers(x_amz_content_sha256=payload).signed().send().error == error
