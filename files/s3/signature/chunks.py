"""Signatures of the chunks of a body and of its trailers, each over the one before."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from files.object_errors import SignatureDoesNotMatch
from files.s3.call import Proof
from files.s3.signature.keys import is_equal, sign

_EMPTY = sha256(b"").hexdigest()


class ChunkSignatures:
    """Checks the chunks of one body in their order, then its trailers."""

    def __init__(self, proof: Proof) -> None:
        self._proof = proof
        self._previous = proof.signature

    def require_chunk(self, *, sha256_hex: str, signature: str) -> None:
        """Raise SignatureDoesNotMatch unless this is the next chunk, the empty last one included."""
        self._require("AWS4-HMAC-SHA256-PAYLOAD", [_EMPTY, sha256_hex], signature)

    def require_trailers(self, trailers: Iterable[tuple[bytes, bytes]], *, signature: str) -> None:
        """Raise SignatureDoesNotMatch unless these are the trailers, in their order and without their signature.

        Names in lower case, values trimmed.
        """
        lines = b"".join(b"%b:%b\n" % pair for pair in trailers)
        self._require("AWS4-HMAC-SHA256-TRAILER", [sha256(lines).hexdigest()], signature)

    def _require(self, algorithm: str, digests: list[str], signature: str) -> None:
        proof = self._proof
        text = "\n".join([algorithm, proof.timestamp, proof.scope, self._previous, *digests])
        expected = sign(proof.signing_key, text)
        if not is_equal(expected, signature):
            raise SignatureDoesNotMatch(StringToSign=text, SignatureProvided=signature)
        self._previous = expected
