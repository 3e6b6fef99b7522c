"""Guessing at the S3 endpoint is slowed down for each address; right signatures never are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cast import Server, start_server
from tests.s3_signer import Draft

LIMIT = 4
SLOW_DOWN = (503, "SlowDown")


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Believes the addresses and hosts that its tests make up."""
    running = start_server(
        tmp_path_factory.mktemp("strict"),
        KBSTORE_FAILED_LOGINS_PER_MINUTE=str(LIMIT),
        KBSTORE_TRUST_PROXY_HEADERS="true",
        S3_DOMAIN="s3.example",
    )
    yield running
    running.stop()


@pytest.fixture
def draft(strict: Server) -> Draft:
    return Draft(f"http://127.0.0.1:{strict.s3_port}", target="/no-such-bucket/key")


def errors(draft: Draft, count: int) -> list[tuple[int, str]]:
    return [draft.send().error for _ in range(count)]


def test_after_too_many_wrong_secrets_the_answer_is_slow_down(draft: Draft) -> None:
    wrong = draft.signed(pair=("duckdb", "wrong")).with_headers(x_forwarded_for="192.0.2.1")
    assert errors(wrong, LIMIT + 1) == [*LIMIT * [(403, "SignatureDoesNotMatch")], SLOW_DOWN]
    assert int(wrong.send().headers["retry-after"]) >= 1


def test_unknown_access_keys_count(draft: Draft) -> None:
    wrong = draft.signed(pair=("nobody", "x")).with_headers(x_forwarded_for="192.0.2.2")
    assert errors(wrong, LIMIT + 1) == [*LIMIT * [(403, "InvalidAccessKeyId")], SLOW_DOWN]


def test_wrong_urls_count(draft: Draft) -> None:
    wrong = draft.url_signed(pair=("duckdb", "wrong")).with_headers(x_forwarded_for="192.0.2.3")
    assert errors(wrong, LIMIT + 1)[-1] == SLOW_DOWN


def test_a_right_signature_is_let_in_from_an_address_full_of_wrong_ones(draft: Draft) -> None:
    here = {"x_forwarded_for": "192.0.2.4"}
    wrong = draft.signed(pair=("duckdb", "wrong")).with_headers(**here)
    assert errors(wrong, LIMIT + 2)[-1] == SLOW_DOWN
    assert draft.signed().with_headers(**here).send().error == (404, "NoSuchBucket")
    assert wrong.with_headers(x_forwarded_for="192.0.2.5").send().error == (403, "SignatureDoesNotMatch")


def test_what_is_no_guess_does_not_count(draft: Draft) -> None:
    here = {"x_forwarded_for": "192.0.2.6"}
    for _ in range(LIMIT + 1):
        assert draft.with_headers(**here).send().error == (403, "AccessDenied")
        assert draft.signed(seconds_ago=2000).with_headers(**here).send().error == (403, "RequestTimeTooSkewed")


def test_a_trusted_proxy_may_name_the_host_that_was_signed(draft: Draft) -> None:
    signed = draft.with_headers(host="public.example").signed().with_headers(host=draft.host)
    assert signed.with_headers(x_forwarded_host="public.example").send().error == (404, "NoSuchBucket")
    assert signed.with_headers(x_forwarded_host="made.up, public.example").send().error == (404, "NoSuchBucket")
    assert signed.with_headers(x_forwarded_host="public.example, other").send().error == (403, "SignatureDoesNotMatch")
    assert signed.with_headers().send().error == (403, "SignatureDoesNotMatch")


def test_a_host_that_names_a_bucket_is_signed_as_any_other(draft: Draft, strict: Server) -> None:
    named = draft.with_(method="PUT", target="/").with_headers(host="my-bucket.s3.example:9000")
    assert named.signed().send().status == 200
    behind_proxy = named.with_(method="HEAD").signed().with_headers(host=draft.host)
    assert behind_proxy.with_headers(x_forwarded_host="my-bucket.s3.example:9000").send().status == 200
    assert behind_proxy.with_headers(x_forwarded_host="other.s3.example:9000").send().status == 403
    assert draft.with_(target="/my-bucket", method="DELETE").signed().send().status == 204
