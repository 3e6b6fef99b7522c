"""The asynchronous client behind the calls of the other one, so that one test holds for both."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from anyio.from_thread import BlockingPortal

from keboola_duckdb import AsyncClient, Client
from keboola_duckdb._async.resource import AsyncResource

#: What tests see: a Client, or an AsyncClient that is spoken to like one.
AnyClient = Any


class Blocking:
    """Speaks to something asynchronous on the event loop of another thread, and waits."""

    def __init__(self, portal: BlockingPortal, target: Any) -> None:
        self._portal = portal
        self._target = target

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if isinstance(value, AsyncResource):
            return Blocking(self._portal, value)
        if not callable(value):
            return value
        return lambda *args, **options: self._settled(value(*args, **options))

    def __enter__(self) -> Blocking:
        self._portal.call(self._target.__aenter__)
        return self

    def __exit__(self, *error: Any) -> None:
        self._portal.call(self._target.__aexit__, *error)

    def __repr__(self) -> str:
        return repr(self._target)

    def _settled(self, value: Any) -> Any:
        if inspect.isawaitable(value):
            return self._portal.call(_awaited, value)
        if hasattr(value, "__anext__"):
            return self._each(value)
        if hasattr(value, "__aenter__"):
            return _Block(self, self._portal.wrap_async_context_manager(value))
        return value

    def _each(self, values: Any) -> Iterator[Any]:
        while True:
            try:
                yield self._portal.call(values.__anext__)
            except StopAsyncIteration:
                return


class _Block:
    """A `with` block around an asynchronous one."""

    def __init__(self, owner: Blocking, inner: AbstractContextManager[Any]) -> None:
        self._owner = owner
        self._inner = inner

    def __enter__(self) -> Any:
        return self._owner._settled(self._inner.__enter__())

    def __exit__(self, *error: Any) -> Any:
        return self._inner.__exit__(*error)


async def _awaited(value: Any) -> Any:
    return await value


def connected(flavour: str, portal: BlockingPortal, url: str, key: str | None, **options: Any) -> AnyClient:
    """A client of this flavour, `sync` or `async`. Use it with `with`."""
    if flavour == "sync":
        return Client(url, key, **options)
    return Blocking(portal, AsyncClient(url, key, **options))
