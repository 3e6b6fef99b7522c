"""Services of uploads in the threads of uploads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

from kbstore.rest.body_stream import submit

P = ParamSpec("P")
R = TypeVar("R")


async def with_catalog(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of a service that uses the catalog; its connection is closed as after a Django request."""

    def call() -> R:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return await submit(call)


def joined(write: Callable[[bytes], None]) -> Callable[[Sequence[bytes]], None]:
    """The same for all chunks of a block at once."""
    return lambda chunks: write(chunks[0] if len(chunks) == 1 else b"".join(chunks))
