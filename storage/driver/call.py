"""One command on its way through the driver: what it asks, who asks, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kbstore.access import Actor
from kbstore.errors import KbstoreError
from storage.driver.generated.common_pb2 import LogMessage
from storage.driver.generated.kbstore.stream_pb2 import Rows
from storage.driver.message_log import MessageLog
from storage.driver.policy import Policy


@dataclass(frozen=True)
class Call:
    """What a handler knows beside the command itself.

    `project_id` is that of the credentials, or of a key that belongs to one; commands that name theirs go before it.
    `send_rows` is there for a caller who takes rows as they come: what it was given is not in the result.
    """

    name: str
    actor: Actor
    policy: Policy
    project_id: str | None = None
    features: frozenset[str] = frozenset()
    run_id: str | None = None
    query_tags: Mapping[str, str] = field(default_factory=dict)
    log: MessageLog = field(default_factory=MessageLog)
    send_rows: Callable[[Rows], None] | None = None


@dataclass(frozen=True)
class Answer:
    """A command that succeeded: its result, None where it has none, and what to tell the user."""

    result: Any | None
    messages: list[LogMessage]


class CommandFailed(Exception):
    """A command that did not: the error, and what to tell the user, the error's text last."""

    def __init__(self, error: KbstoreError, messages: list[LogMessage]) -> None:
        super().__init__(error.message)
        self.error = error
        self.messages = messages
