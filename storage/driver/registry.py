"""Which function does a command, and what it asks of the caller and of the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from google.protobuf.message import Message

from storage.driver.call import Call
from storage.driver.errors import UnsupportedCommand


class Access(Enum):
    """Which keys may send a command; what they may do where is for the services to say."""

    ADMIN = "admin"  #: the admin key only
    WRITE = "write"  #: admin, project admin and branch admin keys
    READ = "read"  #: every key


Handler = Callable[[Call, Message], Message | None]
HandlerType = TypeVar("HandlerType", bound=Callable[..., Message | None])


@dataclass(frozen=True)
class Command:
    """One command that is switched on. `is_long` keeps it off the threads that answer in milliseconds."""

    name: str
    message_class: type[Message]
    handler: Handler
    access: Access
    is_long: bool


_commands: dict[str, Command] = {}


def handles(
    message_class: type[Message], *, access: Access, is_long: bool = False
) -> Callable[[HandlerType], HandlerType]:
    """Make a function the one that does this command: it translates, calls services, logs and returns the result."""

    def remember(handler: HandlerType) -> HandlerType:
        name = message_class.DESCRIPTOR.name
        _commands[name] = Command(name, message_class, handler, access, is_long)
        return handler

    return remember


def find_command(name: str) -> Command:
    """Raises UnsupportedCommand."""
    try:
        return _commands[name]
    except KeyError:
        raise UnsupportedCommand(name) from None


def command_names() -> frozenset[str]:
    return frozenset(_commands)
