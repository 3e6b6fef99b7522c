"""Work in a thread for a caller whom the loop watches: its deadline and its hanging up end the work."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import grpc

from kbstore.errors import KbstoreError, OperationTimeout
from kbstore.patience import Patience, waiting_for
from storage.driver.call import CommandFailed
from storage.driver.errors import fault_of
from storage.driver.rpc.status import DETAILS_KEY, details_of, status_of
from storage.driver.rpc.threads import CommandThreads

T = TypeVar("T")


async def done_for(
    caller: grpc.aio.ServicerContext, threads: CommandThreads, work: Callable[[], T], *, is_long: bool
) -> T:
    """What the work returns, in a thread of its kind. When this is cancelled, the work is, and has ended.

    Raises TooManyCommands and what the work raises.
    """
    patience = Patience()
    variables = contextvars.copy_context()

    def run() -> T:
        with waiting_for(patience):
            return work()

    with _deadline(caller.time_remaining(), patience):
        done = threads.submit(lambda: variables.run(run), is_long=is_long)
        ending = asyncio.wrap_future(done)
        try:
            return await asyncio.shield(ending)
        except asyncio.CancelledError:
            # The caller has gone, or the server stops: what works stops, what waits for a thread never begins.
            done.cancel()
            patience.end()
            await asyncio.gather(ending, return_exceptions=True)
            raise


@contextmanager
def _deadline(seconds: float | None, patience: Patience) -> Iterator[None]:
    """End the caller's patience when the time of the call is over."""
    if seconds is None:
        yield
        return
    late = OperationTimeout("The deadline of the call has passed. Nothing was changed.")
    timer = asyncio.get_running_loop().call_later(seconds, patience.end, late)
    try:
        yield
    finally:
        timer.cancel()


async def refuse(caller: grpc.aio.ServicerContext, error: CommandFailed | KbstoreError) -> NoReturn:
    """End the call with the status of the error, and its details in the trailing metadata."""
    failure = error if isinstance(error, CommandFailed) else CommandFailed(error, [])
    code, text = status_of(fault_of(failure.error))
    caller.set_trailing_metadata(((DETAILS_KEY, details_of(failure)),))
    await caller.abort(code, text)
    raise AssertionError("abort returned")
