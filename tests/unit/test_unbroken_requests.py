"""A client with an idempotency key may hang up: the application that works for it is not told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kbstore.rest.idempotency import Unbroken


def heard(method: str, headers: list[tuple[bytes, bytes]]) -> list[str]:
    """What an application hears of a client that sends its body and hangs up."""
    sent = iter([{"type": "http.request", "body": b"{}"}, {"type": "http.disconnect"}])
    messages: list[str] = []

    async def receive() -> Any:
        return next(sent)

    async def application(_scope: Any, receive: Any, _send: Any) -> None:
        messages.append((await receive())["type"])
        try:
            async with asyncio.timeout(0.02):
                messages.append((await receive())["type"])
        except TimeoutError:
            messages.append("nothing")

    async def send(_: Any) -> None:
        return

    asyncio.run(Unbroken(application)({"type": "http", "method": method, "headers": headers}, receive, send))
    return messages


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_with_a_key_the_hang_up_is_hidden(method: str) -> None:
    assert heard(method, [(b"x-idempotency-key", b"k")]) == ["http.request", "nothing"]


@pytest.mark.parametrize(
    ("method", "headers"),
    [("POST", []), ("POST", [(b"x-idempotency-key", b"")]), ("GET", [(b"x-idempotency-key", b"k")])],
)
def test_others_are_told(method: str, headers: list[tuple[bytes, bytes]]) -> None:
    assert heard(method, headers) == ["http.request", "http.disconnect"]
