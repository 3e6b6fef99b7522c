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
#: Each has a connection to the catalog, which it keeps: opening one costs more than most requests.
_POOL = ThreadPoolExecutor(max_workers=16, thread_name_prefix="s3")


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of a service, called in a thread with the context of the caller."""
    context = contextvars.copy_context()

    def call() -> R:
        connection.close_if_unusable_or_obsolete()
        return function(*args, **kwargs)

    return await asyncio.get_running_loop().run_in_executor(_POOL, lambda: context.run(call))
