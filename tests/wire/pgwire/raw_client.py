"""A socket that speaks just enough of the protocol to misbehave in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
import struct
from types import TracebackType
from typing import Protocol

from tests.wire.pgwire.tiny_server import PASSWORD, USER

SSL_REQUEST = struct.pack("!II", 8, 80877103)
GSSENC_REQUEST = struct.pack("!II", 8, 80877104)


def startup(**parameters: str) -> bytes:
    pairs = b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items())
    return struct.pack("!II", len(pairs) + 9, 3 << 16) + pairs + b"\0"


def frame(message_type: bytes, payload: bytes) -> bytes:
    return message_type + struct.pack("!I", len(payload) + 4) + payload


def query(sql: str) -> bytes:
    return frame(b"Q", sql.encode() + b"\0")


class HasPort(Protocol):
    @property
    def port(self) -> int: ...


class RawClient:
    def __init__(self, server: HasPort, *, receive_buffer_bytes: int | None = None) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(20)
        if receive_buffer_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self.socket.connect(("127.0.0.1", server.port))

    def __enter__(self) -> RawClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self, count: int) -> bytes:
        """Fewer bytes only if the server closes."""
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            if not chunk:
                break
            data += chunk
        return data

    def read_to_end(self) -> bytes:
        """Everything until the server closes; a reset counts as closing."""
        data = b""
        try:
            while chunk := self.socket.recv(65536):
                data += chunk
        except (ConnectionResetError, ssl.SSLError):
            pass
        return data

    def message(self) -> tuple[bytes, bytes]:
        head = self.read(5)
        return head[:1], self.read(struct.unpack("!I", head[1:])[0] - 4)

    def messages_until_ready(self) -> list[tuple[bytes, bytes]]:
        found = []
        while not found or found[-1][0] != b"Z":
            found.append(self.message())
        return found

    def log_in(
        self, *, user: str = USER, password: str = PASSWORD, database: str = "ws_1", **parameters: str
    ) -> dict[bytes, bytes]:
        """Start up and prove the password. Returns the last message of each type up to ReadyForQuery."""
        self.send(startup(user=user, database=database, **parameters))
        assert self.message()[0] == b"R"
        first = b"n,,n=,r=clientnonce"
        self.send(frame(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first))
        server_first = self.message()[1][4:]
        self.send(frame(b"p", client_final(server_first, password)))
        assert self.message()[0] == b"R"
        return dict(self.messages_until_ready())


def client_final(server_first: bytes, password: str = PASSWORD) -> bytes:
    nonce, salt, iterations = (part[2:] for part in server_first.split(b","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    key = hmac.digest(salted, b"Client Key", "sha256")
    unproven = b"c=biws,r=" + nonce
    signed = b",".join([b"n=,r=clientnonce", server_first, unproven])
    signature = hmac.digest(hashlib.sha256(key).digest(), signed, "sha256")
    proof = bytes(left ^ right for left, right in zip(key, signature, strict=True))
    return unproven + b",p=" + base64.b64encode(proof)
