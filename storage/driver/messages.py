"""The messages of the protocol by name, and the commands that this driver knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.any_pb2 import Any
from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.message import DecodeError, Message

from storage.driver.errors import InvalidParameter
from storage.driver.generated import (
    backend_pb2,
    bucket_pb2,
    common_pb2,
    credentials_pb2,
    executeQuery_pb2,
    info_pb2,
    project_pb2,
    service_pb2,
    table_pb2,
    workspace_pb2,
)
from storage.driver.generated.backend import bigQuery_pb2
from storage.driver.generated.kbstore import stream_pb2

Parsed = TypeVar("Parsed", bound=Message)

TYPE_PREFIX = "type.googleapis.com/"
FILES: tuple[FileDescriptor, ...] = tuple(
    module.DESCRIPTOR
    for module in (
        backend_pb2,
        bigQuery_pb2,
        bucket_pb2,
        common_pb2,
        credentials_pb2,
        executeQuery_pb2,
        info_pb2,
        project_pb2,
        service_pb2,
        table_pb2,
        workspace_pb2,
    )
)
#: What kbstore adds to the published protocol; none of its messages is packed into others.
OWN_FILES: tuple[FileDescriptor, ...] = (stream_pb2.DESCRIPTOR,)
_COMMANDS: dict[str, Descriptor] = {
    name: descriptor
    for file in FILES
    for name, descriptor in file.message_types_by_name.items()
    if name.endswith("Command")
}


def _all_messages() -> Iterator[Descriptor]:
    waiting = [descriptor for file in FILES for descriptor in file.message_types_by_name.values()]
    while waiting:
        descriptor = waiting.pop()
        yield descriptor
        waiting.extend(descriptor.nested_types)


_MESSAGES: dict[str, Descriptor] = {descriptor.full_name: descriptor for descriptor in _all_messages()}
_BY_LAST_PART: dict[str, list[Descriptor]] = {}
for _descriptor in _MESSAGES.values():
    _BY_LAST_PART.setdefault(_descriptor.name, []).append(_descriptor)


def find_message(type_name: str) -> Descriptor | None:
    """The message of a type URL or full name, or the only one whose name ends like that; None if there is none."""
    found = _MESSAGES.get(type_name.rpartition("/")[2])
    if found is not None:
        return found
    candidates = _BY_LAST_PART.get(command_name(type_name), [])
    return candidates[0] if len(candidates) == 1 else None


def command_name(type_name: str) -> str:
    """The bare message name of a type URL, a full name, or a bare name."""
    return type_name.rpartition("/")[2].rpartition(".")[2]


def command_class(name: str) -> type[Message] | None:
    """The message class of a command by its bare name; None if the protocol has no such command."""
    descriptor = _COMMANDS.get(name)
    return None if descriptor is None else message_factory.GetMessageClass(descriptor)


def unpack_as(packed: Any, kind: type[Parsed]) -> Parsed:
    """The message in a field that may hold only this kind. Raises InvalidParameter for another, or for broken bytes.

    A type is known by its full name or, as clients of old send it, by its last part alone.
    """
    expected = kind.DESCRIPTOR
    full_name = packed.type_url.rpartition("/")[2]
    if full_name != expected.full_name and command_name(full_name) != expected.name:
        raise InvalidParameter(f'Expected a message of type {expected.full_name}, got "{full_name[:200]}".')
    return parse(packed.value, kind)


def parse(value: bytes, kind: type[Parsed]) -> Parsed:
    """Raises InvalidParameter for bytes that are no such message."""
    try:
        return kind.FromString(value)
    except DecodeError as error:
        raise InvalidParameter(f"The bytes are not a valid {kind.DESCRIPTOR.name} message.") from error


def pool() -> descriptor_pool.DescriptorPool:
    """Holds all files of the protocol: for JSON with Any members, and for reflection."""
    return descriptor_pool.Default()
