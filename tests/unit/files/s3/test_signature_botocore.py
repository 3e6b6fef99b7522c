"""Botocore signs, we check: any keys, queries and headers, and any change of them on the way."""

from __future__ import annotations

import string
from dataclasses import replace
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import assume, example, given
from hypothesis import strategies as st

from files.object_errors import ObjectError, SignatureDoesNotMatch
from files.s3.authenticate import read_claim
from files.s3.request import Profile, S3Request
from files.s3.signature.claim import Claim
from files.s3.signature.verify import require_coverage, verified_key

SECRET = "sEcret/+with=signs"
HOST = "storage.example:9000"
UNRESERVED = string.ascii_letters + string.digits + "-._~"
#: Few, so that names repeat: what has a meaning in URLs, blanks, other scripts.
CHARACTERS = st.sampled_from("ab/ .+%&=?#~*'()!$;:@,[]é日🙂\x01\x7f") | st.characters(exclude_categories=["Cs"])
TEXT = st.text(CHARACTERS, max_size=8).map(lambda text: text.replace("\0", ""))
KEYS = TEXT.filter(bool) | st.sampled_from(["../x", "//x", ".", "a//b", "a/../b", "%2F", "a+b c%d/e.txt", "a/", "~"])
QUERIES = st.lists(
    st.tuples(st.sampled_from(["prefix", "marker", "a", "A", "acl"]) | TEXT.filter(bool), TEXT), max_size=4
)
VALUES = st.text(st.sampled_from("ab ,;=\"'\t"), max_size=8)
HEADERS = st.lists(
    st.tuples(st.sampled_from(["x-amz-meta-a", "x-amz-meta-b", "x-amz-acl", "range"]), VALUES), max_size=4
)
METHODS = st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE"])


def encoded_path(key: str) -> str:
    return "/s3/bucket/" + quote(key, safe="/~")


def encoded_query(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def header_signed(
    method: str, key: str, query: list[tuple[str, str]], headers: list[tuple[str, str]], *, secret: str = SECRET
) -> S3Request:
    request = AWSRequest(method, f"http://{HOST}{encoded_path(key)}?{encoded_query(query)}")
    for name, value in headers:
        request.headers.add_header(name, value)
    S3SigV4Auth(Credentials("KEY", secret), "s3", "local").add_auth(request)
    return as_received(request)


def url_signed(method: str, key: str, query: list[tuple[str, str]], *, seconds: int = 60) -> S3Request:
    request = AWSRequest(method, f"http://{HOST}{encoded_path(key)}?{encoded_query(query)}")
    S3SigV4QueryAuth(Credentials("KEY", SECRET), "s3", "local", expires=seconds).add_auth(request)
    return as_received(request)


def as_received(request: AWSRequest) -> S3Request:
    parts = urlsplit(request.url)
    headers = [(b"host", HOST.encode())]
    headers += [(name.lower().encode(), str(value).encode()) for name, value in request.headers.items()]
    return S3Request(request.method, parts.path.encode(), parts.query.encode(), headers, Profile.AWS, mount="/s3")


def claim_of(request: S3Request) -> Claim:
    claim = read_claim(request)
    assert claim is not None
    return claim


def check(request: S3Request, *, secret: str = SECRET) -> None:
    claim = claim_of(request)
    require_coverage(request, claim)
    verified_key(request, claim, secret=secret)


@given(METHODS, KEYS, QUERIES, HEADERS)
@example("GET", "a b+c%d/é.txt", [("prefix", ""), ("acl", ""), ("A", " +%")], [("x-amz-meta-a", "  x   y ")] * 2)
def test_what_botocore_signs_in_headers_is_accepted(
    method: str, key: str, query: list[tuple[str, str]], headers: list[tuple[str, str]]
) -> None:
    check(header_signed(method, key, query, headers))


@given(METHODS, KEYS, st.dictionaries(TEXT.filter(bool), TEXT, max_size=4))
def test_what_botocore_signs_in_urls_is_accepted(method: str, key: str, query: dict[str, str]) -> None:
    check(url_signed(method, key, list(query.items())))


@given(KEYS, QUERIES, st.randoms())
def test_another_spelling_of_the_same_path_and_query_is_accepted(
    key: str, query: list[tuple[str, str]], random: object
) -> None:
    request = header_signed("GET", key, query, [])
    path = b"".join(respelled(character) for character in split(request.raw_path))
    pairs = [b"".join(respelled(character) for character in split(pair)) for pair in request.raw_query.split(b"&")]
    random.shuffle(pairs)  # type: ignore[attr-defined]
    check(replace(request, raw_path=path, raw_query=b"&".join(pairs)))


def split(raw: bytes) -> list[bytes]:
    pieces, position = [], 0
    while position < len(raw):
        length = 3 if raw[position : position + 1] == b"%" else 1
        pieces.append(raw[position : position + length])
        position += length
    return pieces


def respelled(piece: bytes) -> bytes:
    """Lower-case escapes, and escapes where none is needed."""
    if len(piece) == 3:
        return piece.lower()
    return b"%%%02x" % piece[0] if piece.decode() in UNRESERVED else piece


@given(KEYS, KEYS, QUERIES)
def test_a_signature_is_good_for_its_key_alone(key: str, other: str, query: list[tuple[str, str]]) -> None:
    assume(key != other)
    request = header_signed("GET", key, query, [])
    with pytest.raises(SignatureDoesNotMatch):
        check(replace(request, raw_path=encoded_path(other).encode()))


@given(KEYS, QUERIES, QUERIES)
def test_a_signature_is_good_for_its_query_alone(
    key: str, query: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    assume(sorted(query) != sorted(other))
    request = header_signed("GET", key, query, [])
    with pytest.raises(ObjectError):
        check(replace(request, raw_query=encoded_query(other).encode()))


@given(HEADERS, st.data())
def test_a_signature_is_good_for_its_headers_alone(headers: list[tuple[str, str]], data: st.DataObject) -> None:
    request = header_signed("PUT", "key", [], headers)
    place = data.draw(st.sampled_from([i for i, (name, _) in enumerate(request.headers) if name != b"authorization"]))
    name, value = request.headers[place]
    changed = list(request.headers)
    changed[place] = (name, value + b"x")
    with pytest.raises(ObjectError):
        check(replace(request, headers=changed))


@pytest.mark.parametrize("name", [b"host", b"x-amz-date", b"x-amz-content-sha256", b"x-amz-meta-a"])
def test_a_signed_header_cannot_be_left_out(name: bytes) -> None:
    request = header_signed("PUT", "key", [], [("x-amz-meta-a", "1")])
    with pytest.raises(ObjectError):
        check(replace(request, headers=[pair for pair in request.headers if pair[0] != name]))


@given(METHODS, METHODS)
def test_a_signature_is_good_for_its_method_alone(method: str, other: str) -> None:
    assume(method != other)
    with pytest.raises(SignatureDoesNotMatch):
        check(replace(header_signed(method, "key", [], []), method=other))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_another_secret_is_refused(secret: str) -> None:
    assume(secret != SECRET)
    with pytest.raises(SignatureDoesNotMatch):
        check(header_signed("GET", "key", [], [], secret=secret))


@given(st.sampled_from(["X-Amz-Expires", "X-Amz-Date", "X-Amz-SignedHeaders", "response-content-type", "X-Amz-Extra"]))
def test_no_parameter_of_a_signed_url_can_be_added_or_changed(name: str) -> None:
    request = url_signed("GET", "key", [("response-content-type", "text/plain")])
    pairs = [pair for pair in request.raw_query.decode().split("&") if not pair.startswith(f"{name}=")]
    value = "20200101T000000Z" if name == "X-Amz-Date" else "1"
    with pytest.raises(ObjectError):
        check(replace(request, raw_query="&".join([*pairs, f"{name}={value}"]).encode()))


def test_a_query_that_was_signed_as_it_was_written_is_accepted() -> None:
    request = AWSRequest("GET", f"http://{HOST}/s3/bucket/it's(1)?prefix=a/b&delimiter=/&max-keys=2")
    S3SigV4Auth(Credentials("KEY", SECRET), "s3", "local").add_auth(request)
    check(as_received(request))
