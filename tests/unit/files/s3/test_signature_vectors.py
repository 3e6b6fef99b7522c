"""The examples of AWS's own documents, number for number."""

from __future__ import annotations

from hashlib import sha256

import pytest

from files.object_errors import SignatureDoesNotMatch
from files.s3.authenticate import read_claim
from files.s3.call import Proof
from files.s3.request import Profile, S3Request
from files.s3.signature.chunks import ChunkSignatures
from files.s3.signature.verify import require_coverage, verified_key

# https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
ACCESS_KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SCOPE = "20130524/us-east-1/s3/aws4_request"
TIMESTAMP = "20130524T000000Z"
HOST = "examplebucket.s3.amazonaws.com"
NOTHING = sha256(b"").hexdigest()
COMMON = {"host": HOST, "x-amz-content-sha256": NOTHING, "x-amz-date": TIMESTAMP}
CHUNKS = [b"a" * 65536, b"a" * 1024, b""]


def signed_request(method: str, target: str, headers: dict[str, str], *, signature: str) -> S3Request:
    names = ";".join(sorted(headers))
    authorization = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{SCOPE},SignedHeaders={names},Signature={signature}"
    path, _, query = target.partition("?")
    fields = headers | {"authorization": authorization}
    return S3Request(
        method=method,
        raw_path=path.encode(),
        raw_query=query.encode(),
        headers=[(name.encode(), value.encode()) for name, value in fields.items()],
        profile=Profile.AWS,
        host_bucket="examplebucket",
    )


def accept(request: S3Request) -> Proof:
    claim = read_claim(request)
    assert claim is not None
    assert claim.access_key_id == ACCESS_KEY
    require_coverage(request, claim)
    key = verified_key(request, claim, secret=SECRET)
    return Proof(claim.form, claim.payload, key, str(claim.scope), claim.timestamp, claim.signature)


PUT_HEADERS = COMMON | {
    "date": "Fri, 24 May 2013 00:00:00 GMT",
    "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
}


@pytest.mark.parametrize(
    ("method", "target", "headers", "signature"),
    [
        (
            "GET",
            "/test.txt",
            COMMON | {"range": "bytes=0-9"},
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        ("PUT", "/test$file.text", PUT_HEADERS, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        ("PUT", "/test%24file.text", PUT_HEADERS, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        ("GET", "/?lifecycle", COMMON, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("GET", "/?prefix=J&max-keys=2", COMMON, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ],
)
def test_the_published_signatures_in_headers_are_right(
    method: str, target: str, headers: dict[str, str], signature: str
) -> None:
    accept(signed_request(method, target, headers, signature=signature))


def test_the_published_signature_in_a_url_is_right() -> None:
    query = (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )
    request = S3Request(
        "GET", b"/test.txt", query.encode(), [(b"host", HOST.encode())], Profile.AWS, host_bucket="examplebucket"
    )
    assert accept(request).payload == "UNSIGNED-PAYLOAD"


# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
CHUNKED = {
    "content-encoding": "aws-chunked",
    "content-length": "66824",
    "host": "s3.amazonaws.com",
    "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "x-amz-date": TIMESTAMP,
    "x-amz-decoded-content-length": "66560",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
}
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
CHUNK_SIGNATURES = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
]


def require_all(chunks: ChunkSignatures, signatures: list[str]) -> None:
    for data, signature in zip(CHUNKS, signatures, strict=True):
        chunks.require_chunk(sha256_hex=sha256(data).hexdigest(), signature=signature)


def chunked_proof() -> Proof:
    return accept(signed_request("PUT", "/examplebucket/chunkObject.txt", CHUNKED, signature=SEED))


def test_the_published_signatures_of_chunks_are_right() -> None:
    require_all(ChunkSignatures(chunked_proof()), CHUNK_SIGNATURES)


@pytest.mark.parametrize("place", range(3))
def test_a_chunk_with_another_signature_is_refused(place: int) -> None:
    signatures = list(CHUNK_SIGNATURES)
    signatures[place] = "0" * 64
    with pytest.raises(SignatureDoesNotMatch):
        require_all(ChunkSignatures(chunked_proof()), signatures)


def test_chunks_in_another_order_are_refused() -> None:
    with pytest.raises(SignatureDoesNotMatch):
        require_all(ChunkSignatures(chunked_proof()), [CHUNK_SIGNATURES[1], CHUNK_SIGNATURES[0], CHUNK_SIGNATURES[2]])


# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
TRAILED = {name: value for name, value in CHUNKED.items() if name != "content-length"} | {
    "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "x-amz-trailer": "x-amz-checksum-crc32c",
}
TRAILED_SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
TRAILED_SIGNATURES = [
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
]


def trailed_chunks() -> ChunkSignatures:
    proof = accept(signed_request("PUT", "/examplebucket/chunkObject.txt", TRAILED, signature=TRAILED_SEED))
    chunks = ChunkSignatures(proof)
    require_all(chunks, TRAILED_SIGNATURES)
    return chunks


def test_the_published_signature_of_a_trailer_is_right() -> None:
    signature = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
    trailed_chunks().require_trailers([(b"x-amz-checksum-crc32c", b"sOO8/Q==")], signature=signature)


def test_a_trailer_with_another_value_is_refused() -> None:
    signature = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
    with pytest.raises(SignatureDoesNotMatch):
        trailed_chunks().require_trailers([(b"x-amz-checksum-crc32c", b"AAAAAA==")], signature=signature)
