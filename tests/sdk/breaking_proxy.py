"""A TCP proxy between a client and a server that loses answers and cuts connections, as networks do."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

_BLOCK = 1 << 16
_REQUEST_LINE = re.compile(rb"^(GET|POST|PUT|PATCH|DELETE|HEAD) (\S+) HTTP/1\.1\r\n")


class Fault(Enum):
    """What happens to one request."""

    #: The server executes it and answers; the client sees a closed connection instead.
    LOSE_ANSWER = "lose answer"
    #: The server never sees it.
    REFUSE = "refuse"


@dataclass
class Break:
    """A fault for requests whose `METHOD path` matches, as often as `times` says."""

    pattern: str
    fault: Fault = Fault.LOSE_ANSWER
    times: int = 1
    #: Let so many bytes of the request (or, with `in_answer`, of the answer) pass before the cut.
    after_bytes: int = 0
    in_answer: bool = False


@dataclass
class BreakingProxy:
    """`requests` are all that came in, as `METHOD path`; `broken` are those that a fault hit."""

    upstream: tuple[str, int]
    breaks: list[Break]
    requests: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    port: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next_break(self, request: str) -> Break | None:
        with self._lock:
            self.requests.append(request)
            for each in self.breaks:
                if each.times > 0 and re.search(each.pattern, request):
                    each.times -= 1
                    self.broken.append(request)
                    return each
        return None


@contextmanager
def breaking_proxy(server_url: str, *breaks: Break) -> Iterator[BreakingProxy]:
    """Serve until the end of the block, then cut every connection."""
    host, port = server_url.removeprefix("http://").split(":")
    proxy = BreakingProxy((host, int(port)), list(breaks))
    listener = socket.create_server(("127.0.0.1", 0))
    proxy.port = listener.getsockname()[1]
    open_sockets: list[socket.socket] = []
    accepting = threading.Thread(target=_accept, args=(listener, proxy, open_sockets), daemon=True)
    accepting.start()
    try:
        yield proxy
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for each in open_sockets:
            _cut(each)
        accepting.join(10)


def _accept(listener: socket.socket, proxy: BreakingProxy, open_sockets: list[socket.socket]) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        open_sockets.append(client)
        threading.Thread(target=_Connection(proxy, client).run, daemon=True).start()


class _Connection:
    """One connection of a client; requests come one after the other, so what follows an answer is the next one."""

    def __init__(self, proxy: BreakingProxy, client: socket.socket) -> None:
        self.proxy = proxy
        self.client = client
        self.server = socket.create_connection(proxy.upstream)
        self.fault: Break | None = None
        self.passed = 0
        self.is_between_requests = True

    def run(self) -> None:
        answering = threading.Thread(target=self._pump, args=(self.server, self.client, self._from_server), daemon=True)
        answering.start()
        self._pump(self.client, self.server, self._from_client)
        answering.join(60)
        self.client.close()
        self.server.close()

    def _pump(self, source: socket.socket, target: socket.socket, look: Callable[[bytes], bytes | None]) -> None:
        with suppress(OSError):
            while block := source.recv(_BLOCK):
                passing = look(block)
                if passing is None:
                    _cut(self.client)
                    _cut(self.server)
                    return
                if passing:
                    target.sendall(passing)
            target.shutdown(socket.SHUT_WR)

    def _from_client(self, block: bytes) -> bytes | None:
        found = _REQUEST_LINE.match(block)
        if found is not None and self.is_between_requests:
            self.fault = self.proxy.next_break(f"{found[1].decode()} {found[2].decode()}")
            self.passed, self.is_between_requests = 0, False
        fault = self.fault
        if fault is None or fault.in_answer or fault.fault is not Fault.REFUSE:
            return block
        return self._until_the_cut(block, fault)

    def _from_server(self, block: bytes) -> bytes | None:
        # An answer to a body that is still on its way ("100 Continue") does not occur here.
        self.is_between_requests = True
        fault = self.fault
        if fault is None or (fault.fault is Fault.REFUSE and not fault.in_answer):
            return block
        return self._until_the_cut(block, fault) if fault.in_answer else None

    def _until_the_cut(self, block: bytes, fault: Break) -> bytes | None:
        passing = block[: max(0, fault.after_bytes - self.passed)]
        self.passed += len(passing)
        if self.passed < fault.after_bytes:
            return passing
        target = self.client if fault.in_answer else self.server
        with suppress(OSError):
            target.sendall(passing)
        return None


def _cut(connection: socket.socket) -> None:
    """Close with a reset, as a broken line does; the other side gets what is already in its buffers."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))
        connection.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        connection.close()
