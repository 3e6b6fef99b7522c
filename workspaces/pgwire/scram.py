"""The server's side of a SCRAM-SHA-256 login, with and without binding to the TLS channel (RFC 5802, 5929, 7677)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

from workspaces.pgwire.messages.frames import ProtocolViolation
from workspaces.pgwire.verifiers import KEY_BYTES, Verifier, keyed_hash

SCRAM: Final = "SCRAM-SHA-256"
SCRAM_PLUS: Final = "SCRAM-SHA-256-PLUS"
_BINDING_FLAG: Final = "p=tls-server-end-point"
_SERVER_NONCE_BYTES: Final = 18

#: gs2 header (flag, authorisation identity), then the bare message: user, nonce, extensions.
_CLIENT_FIRST = re.compile(
    r"(?P<flag>p=[A-Za-z0-9.-]+|[ny]),(?P<identity>a=[^,]*)?,(?P<bare>(?P<mandatory>m=)?.*)", re.DOTALL
)
_BARE = re.compile(r"n=[^,]*,r=(?P<nonce>[\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]*)*")
_CLIENT_FINAL = re.compile(
    r"(?P<unproven>c=(?P<binding>[A-Za-z0-9+/=]*),r=(?P<nonce>[\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-oq-z]=[^,]*)*)"
    r",p=(?P<proof>[A-Za-z0-9+/=]+)"
)


def offered_mechanisms(channel_binding: bytes | None) -> tuple[str, ...]:
    """Best first; `channel_binding` is the hash of the server's certificate, None without TLS."""
    return (SCRAM,) if channel_binding is None else (SCRAM_PLUS, SCRAM)


@dataclass(frozen=True, slots=True)
class _ClientFirst:
    flag: str
    header: str
    bare: str
    nonce: str


class ScramExchange:
    """One login: `first` answers the client's first message, `final` its last one. Good for one use.

    Both raise a fatal ProtocolViolation for a message that is malformed or tries to leave the channel's binding out.
    """

    def __init__(
        self, *, verifier: Verifier, mechanism: str, channel_binding: bytes | None, server_nonce: str | None = None
    ) -> None:
        if mechanism not in offered_mechanisms(channel_binding):
            raise _violation("client selected an invalid SASL authentication mechanism")
        self._verifier = verifier
        self._mechanism = mechanism
        self._channel_binding = channel_binding
        self._server_nonce = server_nonce or secrets.token_urlsafe(_SERVER_NONCE_BYTES)
        self._client: _ClientFirst | None = None
        self._server_first = ""

    def first(self, message: bytes) -> bytes:
        """The server's first message."""
        client = _read_first(message)
        self._check_flag(client.flag)
        self._client = client
        salt = base64.b64encode(self._verifier.salt).decode("ascii")
        self._server_first = f"r={client.nonce}{self._server_nonce},s={salt},i={self._verifier.iterations}"
        return self._server_first.encode("ascii")

    def final(self, message: bytes) -> bytes | None:
        """The server's last message, which proves the server; None for a wrong password."""
        client, self._client = self._client, None
        if client is None:
            raise _violation("SCRAM messages out of order")
        match = _CLIENT_FINAL.fullmatch(_text(message))
        if match is None:
            raise _violation("malformed SCRAM message")
        self._check_binding(client, _decoded(match["binding"]))
        if not hmac.compare_digest(match["nonce"], client.nonce + self._server_nonce):
            raise _violation("invalid SCRAM response")
        proof = _decoded(match["proof"])
        if len(proof) != KEY_BYTES:
            raise _violation("malformed SCRAM message")
        signed = f"{client.bare},{self._server_first},{match['unproven']}".encode()
        return self._signature(signed) if self._proves(proof, signed) else None

    def _check_flag(self, flag: str) -> None:
        if self._mechanism == SCRAM_PLUS:
            if flag != _BINDING_FLAG:
                raise _violation("malformed SCRAM message: channel binding was chosen and is not used")
        elif flag.startswith("p="):
            raise _violation("malformed SCRAM message: channel binding was not chosen and is used")
        elif flag == "y" and self._channel_binding is not None:
            # Somebody between us took the better mechanism out of our offer.
            raise _violation("SCRAM channel binding negotiation error", sqlstate="28000")

    def _check_binding(self, client: _ClientFirst, received: bytes) -> None:
        expected = client.header.encode()
        if self._mechanism == SCRAM_PLUS:
            expected += self._channel_binding or b""
        if not hmac.compare_digest(received, expected):
            raise _violation("SCRAM channel binding check failed", sqlstate="28000")

    def _proves(self, proof: bytes, signed: bytes) -> bool:
        signature = keyed_hash(self._verifier.stored_key, signed)
        client_key = bytes(left ^ right for left, right in zip(proof, signature, strict=True))
        return hmac.compare_digest(hashlib.sha256(client_key).digest(), self._verifier.stored_key)

    def _signature(self, signed: bytes) -> bytes:
        return b"v=" + base64.b64encode(keyed_hash(self._verifier.server_key, signed))


def _read_first(message: bytes) -> _ClientFirst:
    match = _CLIENT_FIRST.fullmatch(_text(message))
    if match is None:
        raise _violation("malformed SCRAM message")
    if match["identity"]:
        raise _violation("client uses authorization identity, but it is not supported", sqlstate="0A000")
    if match["mandatory"]:
        raise _violation("client requires an unsupported SCRAM extension", sqlstate="0A000")
    bare = _BARE.fullmatch(match["bare"])
    if bare is None:
        raise _violation("malformed SCRAM message")
    return _ClientFirst(match["flag"], f"{match['flag']},,", match["bare"], bare["nonce"])


def _text(message: bytes) -> str:
    try:
        return message.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _violation("malformed SCRAM message") from error


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise _violation("malformed SCRAM message") from error


def _violation(message: str, *, sqlstate: str = "08P01") -> ProtocolViolation:
    return ProtocolViolation(message, sqlstate=sqlstate, is_fatal=True, message_type=ord("p"))
