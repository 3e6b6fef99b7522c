"""What the client of a session has sent, in order: for its thread, also while a statement of it asks for data."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from workspaces.pgwire.connection import Connection
from workspaces.pgwire.messages import frontend
from workspaces.pgwire.messages.frontend import FrontendMessage
from workspaces.pgwire.session.output import Output
from workspaces.pgwire.sqlstate import INTERRUPTED, SqlFault

#: How soon a COPY that waits for its client notices that it was cancelled.
_LOOK_SECONDS: Final = 0.1
_RUNS: Final = (frontend.Execute, frontend.Query, frontend.Parse)


class Input:
    """Messages that the event loop has given, and data of a COPY that the thread fetches itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: deque[FrontendMessage] = deque()

    def give(self, messages: Sequence[FrontendMessage]) -> None:
        self._waiting.extend(messages)

    def next(self) -> FrontendMessage | None:
        """The next of those given; None if there are no more."""
        return self._waiting.popleft() if self._waiting else None

    def ends_soon(self) -> bool:
        """Whether a Sync comes next, before anything that runs."""
        for message in self._waiting:
            if isinstance(message, frontend.Sync):
                return True
            if isinstance(message, _RUNS):
                return False
        return False

    def copy_data(self, output: Output) -> Iterator[bytes]:
        """The data of COPY FROM STDIN as it comes, up to CopyDone.

        Raises SqlFault: 57014 for CopyFail or a cancel, 08P01 for any other message, which is kept. ConnectionLost.
        """
        # Sync and Flush have no meaning here; what was sent behind the statement must not end its error later.
        while self._waiting and isinstance(self._waiting[0], frontend.Sync | frontend.Flush):
            self._waiting.popleft()
        while True:
            message = self._waiting.popleft() if self._waiting else self._fetch(output)
            if isinstance(message, frontend.CopyData):
                yield message.data
            elif isinstance(message, frontend.CopyDone):
                return
            elif isinstance(message, frontend.CopyFail):
                raise SqlFault(INTERRUPTED, f"COPY from stdin failed: {message.reason}")
            elif not isinstance(message, frontend.Sync | frontend.Flush):
                self._waiting.appendleft(message)
                raise SqlFault("08P01", "unexpected message during COPY from stdin")

    def _fetch(self, output: Output) -> FrontendMessage:
        while True:
            output.flush()
            with output.slot.aside():
                message = self._connection.read_copied_from_thread(seconds=_LOOK_SECONDS)
            if message is not None:
                return message
