"""What a request with an idempotency key asks, as hashes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from kbstore.encryption import fingerprint
from storage.idempotency.errors import IdempotencyConflict
from storage.models import IdempotentRequest


@dataclass(frozen=True)
class Asked:
    """One request: equal ones may share an answer."""

    key_hash: str
    method: str
    path: str
    body_hash: str
    credential_hash: str

    @classmethod
    def of(cls, *, key: bytes, method: str, path: str, body: bytes, credentials: bytes) -> Asked:
        """`path` without its query; `credentials` is whatever proves who asks."""
        return cls(
            key_hash=hashlib.sha256(key).hexdigest(),
            method=method,
            path=path,
            body_hash=hashlib.sha256(body).hexdigest() if body else "",
            # An admin key may be a word that can be guessed: a plain hash would let a thief of the catalog try.
            credential_hash=fingerprint("idempotent credentials", credentials),
        )

    def is_from_caller_of(self, row: IdempotentRequest) -> bool:
        return self.credential_hash == row.credential_hash

    def check_same_as(self, row: IdempotentRequest) -> None:
        """Raises IdempotencyConflict for another request under the same key. An empty body matches any other."""
        if self.method != row.method:
            raise IdempotencyConflict(f"Idempotency key was used with {row.method}, not {self.method}")
        if self.path != row.path:
            raise IdempotencyConflict("Idempotency key was used with different endpoint")
        if self.body_hash and row.body_hash and self.body_hash != row.body_hash:
            raise IdempotencyConflict("Idempotency key was used with different request body")
        if not self.is_from_caller_of(row):
            raise IdempotencyConflict("Idempotency key was used by a different caller")
