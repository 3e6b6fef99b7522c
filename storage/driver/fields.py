"""What holds for the fields of every command, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from kbstore.access import Actor, Role
from storage.driver.errors import InvalidParameter, WrongProject

#: Fields that name a project in which the command does something.
_PROJECTS = frozenset({"projectId", "targetProjectId", "sourceProjectId", "projectDatabaseName"})
#: Texts that are data, not names: they may hold anything.
_DATA = frozenset({"values", "query", "fulltextSearch", "importAsNull"})
#: Enums whose unknown numbers their command tells in words of its own.
_OWN_WORDS = frozenset({"fileProvider"})
#: In characters, of one text that is a name, a path or an option.
MAX_TEXT = 65_536


def check_fields(actor: Actor, message: Message) -> None:
    """Raise WrongProject for another project than that of the key, InvalidParameter for a text that names nothing.

    Enum numbers that the protocol does not know are InvalidParameter, too: they never mean a default silently.
    """
    for field, value in _scalars(message):
        if isinstance(value, str):
            _check_text(field, value)
            if field.name in _PROJECTS and value and actor.role is not Role.ADMIN and value != actor.project_id:
                raise WrongProject(f"API key is for project {actor.project_id}, but request is for project {value}")
        elif _is_unknown(field, value) and field.name not in _OWN_WORDS:
            raise InvalidParameter(f"{field.name}: {value} is no {field.enum_type.name} of the protocol.")


def _is_unknown(field: FieldDescriptor, value: object) -> bool:
    return field.enum_type is not None and value not in field.enum_type.values_by_number


def _check_text(field: FieldDescriptor, value: str) -> None:
    if field.name in _DATA:
        return
    if "\0" in value:
        raise InvalidParameter(f"{field.name} holds a NUL character.")
    if len(value) > MAX_TEXT:
        raise InvalidParameter(f"{field.name} is longer than {MAX_TEXT} characters.")


def _scalars(message: Message) -> Iterator[tuple[FieldDescriptor, object]]:
    """Every text and enum of a message and of those inside it; packed ones are for their readers."""
    for field, value in message.ListFields():
        values = value if field.is_repeated else (value,)
        if field.message_type is None:
            yield from ((field, one) for one in values)
        elif not field.message_type.GetOptions().map_entry:
            for one in values:
                yield from _scalars(one)
