"""Services block, so the door calls them in threads."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
R = TypeVar("R")
#: Each keeps its connection to the catalog, as opening one costs more than most requests; unless there is a pool of
#: connections, which others wait for.
_POOL = ThreadPoolExecutor(max_workers=16, thread_name_prefix="s3")
#: For what reads all bytes of an object: it takes seconds, and others need not wait for it.
_LONG_POOL = ThreadPoolExecutor(max_workers=4, thread_name_prefix="s3-long")


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of a service, called in a thread with the context of the caller."""
    return await _run(_POOL, lambda: function(*args, **kwargs))


async def in_long_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As `in_thread`, for a service that may take seconds; few of them run at once."""
    return await _run(_LONG_POOL, lambda: function(*args, **kwargs))


async def _run(pool: ThreadPoolExecutor, function: Callable[[], R]) -> R:
    context = contextvars.copy_context()

    def call() -> R:
        connection.close_if_unusable_or_obsolete()
        try:
            return function()
        finally:
            if connection.settings_dict["OPTIONS"].get("pool"):
                connection.close()

    return await asyncio.get_running_loop().run_in_executor(pool, lambda: context.run(call))
