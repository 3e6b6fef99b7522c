"""What one call tells its user: the log messages of its answer, and of no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from google.protobuf.wrappers_pb2 import StringValue

from storage.driver.generated.common_pb2 import LogMessage


class MessageLog:
    """Messages in the order in which they were written. Texts never hold data values, SQL, secrets or server paths."""

    def __init__(self, tell: Callable[[LogMessage], None] = lambda _: None) -> None:
        """`tell` hears of each message when it is written."""
        self.messages: list[LogMessage] = []
        self._tell = tell

    def inform(self, text: str, **context: Any) -> None:
        """Note what was done; `context` are names of objects, counts and milliseconds."""
        self._add(LogMessage.Informational, text, context)

    def warn(self, text: str, **context: Any) -> None:
        """Note what the user may not expect: nothing was done, an option was ignored."""
        self._add(LogMessage.Warning, text, context)

    def fail(self, text: str, **context: Any) -> None:
        self._add(LogMessage.Error, text, context)

    def _add(self, level: LogMessage.Level, text: str, context: dict[str, Any]) -> None:
        message = LogMessage(level=level, message=text)
        if context:
            message.context.Pack(StringValue(value=json.dumps(context, default=str)))
        self.messages.append(message)
        self._tell(message)
