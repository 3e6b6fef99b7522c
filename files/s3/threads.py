"""Services block, so the door calls them in threads."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connection

from files.services.objects.quick_look import QuickLook, WouldWait, open_quick_look

P = ParamSpec("P")
R = TypeVar("R")
#: Each keeps its connection to the catalog, as opening one costs more than most requests; unless there is a pool of
#: connections, which others wait for.
_POOL = ThreadPoolExecutor(max_workers=16, thread_name_prefix="s3")
#: For what reads all bytes of an object: it takes seconds, and others need not wait for it.
_LOOKS = threading.local()
_LONG_POOL = ThreadPoolExecutor(max_workers=4, thread_name_prefix="s3-long")


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of a service, called in a thread with the context of the caller."""
    return await _run(_POOL, lambda: function(*args, **kwargs))


async def in_long_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As `in_thread`, for a service that may take seconds; few of them run at once."""
    return await _run(_LONG_POOL, lambda: function(*args, **kwargs))


async def at_once(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As `in_thread`, but without a thread where nothing has to be waited for. The function only reads."""
    look = await _quick_look()
    if look is not None:
        try:
            return look.run(function, *args, **kwargs)
        except WouldWait:
            pass
    return await in_thread(function, *args, **kwargs)


async def _quick_look() -> QuickLook | None:
    """That of this thread's event loop; it is opened when first asked for."""
    if not hasattr(_LOOKS, "look"):
        _LOOKS.look = await in_thread(open_quick_look)
    look: QuickLook | None = _LOOKS.look
    return look


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
