"""The answer that a repeated request gets: which ones are kept, and how they look in the catalog."""

from __future__ import annotations

from dataclasses import dataclass, field

from kbstore.encryption import Undecipherable, decrypt, encrypt
from storage.models import IdempotentRequest

MAX_BODY_BYTES = 2**20
#: Answers that say "not now" or "not you": the same request may succeed later.
_PASSING = frozenset({401, 403, 408, 423, 429})
_LABEL = "idempotent answers"


@dataclass(frozen=True)
class Answer:
    """Status, content type and body of an answer."""

    status: int
    content_type: str
    body: bytes = field(repr=False)

    @property
    def may_be_kept(self) -> bool:
        """False too for redirects, which mean nothing without their Location, and for what is not UTF-8 text."""
        is_final = self.status not in _PASSING and not 300 <= self.status < 400 and self.status < 500
        return is_final and len(self.body) <= MAX_BODY_BYTES and _is_text(self.body)


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def sealed_body(key_hash: str, body: bytes) -> bytes:
    """The body as it is stored with the row of that key."""
    return encrypt(_LABEL, body, owner=key_hash)


def answer_of(row: IdempotentRequest) -> Answer | None:
    """The stored answer; None while the request runs, or when the secret key has changed since."""
    if row.status is None:
        return None
    try:
        body = decrypt(_LABEL, bytes(row.body), owner=row.key_hash)
    except Undecipherable:
        return None
    return Answer(row.status, row.content_type, body)
