"""An HTTP server that answers as a script says and keeps what it was asked: for answers that kbstore gives rarely."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Scripted:
    """One answer. `hang_up` closes the connection instead of answering."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    wait: threading.Event | None = None


@dataclass
class Asked:
    method: str
    path: str
    headers: Message
    body: bytes


@dataclass
class ScriptedServer:
    """Gives the answers in their order, then the last one for ever."""

    url: str
    answers: list[Scripted]
    asked: list[Asked] = field(default_factory=list)

    def next_answer(self) -> Scripted:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Quiet(ThreadingHTTPServer):
    """Clients that give up are part of the tests."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def scripted(*answers: Scripted, tls: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    """Serve until the end of the block; over https with `tls`."""
    script = ScriptedServer("", list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            script.asked.append(Asked(self.command, self.path, self.headers, body))
            given = script.next_answer()
            if given.wait is not None:
                given.wait.wait(30)
            if given.hang_up:
                self.close_connection = True
                return
            self.send(given)

        def send(self, given: Scripted) -> None:
            content = given.body.encode() if isinstance(given.body, str) else json.dumps(given.body).encode()
            self.send_response(given.status)
            for name, value in ({"Content-Type": "application/json"} | given.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0" if given.status == 204 else str(len(content)))
            self.end_headers()
            if given.status != 204:
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = _Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    script.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
