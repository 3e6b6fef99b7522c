"""What is kept of a password: a SCRAM-SHA-256 verifier in PostgreSQL's text form, from which it cannot be read back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import stringprep
import unicodedata
from dataclasses import dataclass, field
from typing import Final

DEFAULT_ITERATIONS: Final = 4096
SALT_BYTES: Final = 16
KEY_BYTES: Final = 32
MAX_ITERATIONS: Final = 10_000_000

_FORM = re.compile(r"SCRAM-SHA-256\$([1-9][0-9]{0,7}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)")
_PROHIBITED = (
    stringprep.in_table_a1,
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


@dataclass(frozen=True, slots=True)
class Verifier:
    """Proves a password and lets the server prove itself. Its text is a secret: who has it can pose as the server."""

    iterations: int
    salt: bytes
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Raises ValueError for what is not `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`."""
        match = _FORM.fullmatch(text)
        if match is None or int(match[1]) > MAX_ITERATIONS:
            raise ValueError("not a SCRAM-SHA-256 verifier")
        try:
            salt, stored_key, server_key = (base64.b64decode(part, validate=True) for part in match.groups()[1:])
        except binascii.Error as error:
            raise ValueError("not a SCRAM-SHA-256 verifier") from error
        if not salt or len(stored_key) != KEY_BYTES or len(server_key) != KEY_BYTES:
            raise ValueError("not a SCRAM-SHA-256 verifier")
        return cls(int(match[1]), salt, stored_key, server_key)

    def text(self) -> str:
        salt, stored_key, server_key = (
            base64.b64encode(part).decode("ascii") for part in (self.salt, self.stored_key, self.server_key)
        )
        return f"SCRAM-SHA-256${self.iterations}:{salt}${stored_key}:{server_key}"


def make_verifier(password: str, *, iterations: int = DEFAULT_ITERATIONS, salt: bytes | None = None) -> Verifier:
    """A verifier with a fresh salt. Takes about half a millisecond for each 1000 iterations."""
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    salted = _salted_password(password, salt=salt, iterations=iterations)
    stored_key = hashlib.sha256(keyed_hash(salted, b"Client Key")).digest()
    return Verifier(iterations, salt, stored_key, keyed_hash(salted, b"Server Key"))


def check_password(password: str, verifier: Verifier) -> bool:
    """Whether the password is the one the verifier was made of; as slow for a wrong one as for the right one."""
    made = make_verifier(password, iterations=verifier.iterations, salt=verifier.salt)
    # HMAC pads its key with zeros, so that "x" and "x\\0" have one hash; PostgreSQL knows no password with a zero.
    return hmac.compare_digest(made.stored_key, verifier.stored_key) and "\0" not in password


def mock_verifier(user: str, *, secret: bytes, iterations: int = DEFAULT_ITERATIONS) -> Verifier:
    """For a user who does not exist: the same each time, like a real one from outside, and no password fits it."""

    def derived(purpose: bytes) -> bytes:
        return keyed_hash(secret, purpose + b"\0" + user.encode("utf-8", "surrogatepass"))

    return Verifier(iterations, derived(b"salt")[:SALT_BYTES], derived(b"stored key"), derived(b"server key"))


def keyed_hash(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def _salted_password(password: str, *, salt: bytes, iterations: int) -> bytes:
    prepared = saslprep(password).encode("utf-8", "surrogatepass")
    return hashlib.pbkdf2_hmac("sha256", prepared, salt, iterations)


def saslprep(password: str) -> str:
    """The password as clients normalise it (RFC 4013); as it is where they give up, as PostgreSQL does."""
    if password.isascii() and password.isprintable():
        return password
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char for char in password if not stringprep.in_table_b1(char)
    )
    normalised = unicodedata.normalize("NFKC", mapped)
    if not normalised or any(test(char) for char in normalised for test in _PROHIBITED):
        return password
    return normalised if _directions_agree(normalised) else password


def _directions_agree(text: str) -> bool:
    if not any(map(stringprep.in_table_d1, text)):
        return True
    ends_right_to_left = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return ends_right_to_left and not any(map(stringprep.in_table_d2, text))
