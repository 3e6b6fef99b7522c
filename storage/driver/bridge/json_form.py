"""Commands and answers as protobuf JSON, with what clients of the bridge are used to beside its rules."""

from __future__ import annotations

import re
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

from storage.driver.call import Answer
from storage.driver.errors import InvalidParameter
from storage.driver.messages import TYPE_PREFIX, find_message, pool

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ANY = "google.protobuf.Any"
#: Errors down to Error, Warning, and the rest.
_LEVELS = ["Error"] * 4 + ["Warning"] + ["Info"] * 3


def message_of(fields: dict[str, Any], message: Message) -> Message:
    """Fill a message from JSON. Raises InvalidParameter for an unknown field or a value that does not fit."""
    try:
        return ParseDict(_renamed(fields, message.DESCRIPTOR), message, descriptor_pool=pool())
    except (ParseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidParameter(f"{message.DESCRIPTOR.name}: {error}") from error


def answer_json(answer: Answer, *, emits_defaults: bool = False) -> dict[str, Any]:
    """The body of an answer; `emits_defaults` adds the fields that hold their default values."""
    return {
        "commandResponse": _result_json(answer.result, emits_defaults),
        "messages": [{"level": _LEVELS[message.level], "message": message.message} for message in answer.messages],
    }


def _result_json(result: Message | None, emits_defaults: bool) -> dict[str, Any] | None:
    if result is None:
        return None
    fields = MessageToDict(
        result,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=emits_defaults,
        descriptor_pool=pool(),
    )
    return fields | {"@type": TYPE_PREFIX + result.DESCRIPTOR.full_name}


def _renamed(value: Any, descriptor: Descriptor) -> Any:
    """Field names of a JSON object as the protocol spells them; snake_case is accepted for each."""
    if not isinstance(value, dict):
        return value
    names = {snake(field.name): field for field in descriptor.fields}
    renamed: dict[str, Any] = {}
    for key, inner in value.items():
        field = descriptor.fields_by_name.get(key) or names.get(key)
        name = key if field is None else field.name
        if name in renamed:
            raise InvalidParameter(f'{descriptor.name}: the field "{name}" occurs twice.')
        renamed[name] = inner if field is None else _inside(inner, field)
    return renamed


def _inside(value: Any, field: FieldDescriptor) -> Any:
    kind = field.message_type
    if kind is None or kind.GetOptions().map_entry:
        return value
    if isinstance(value, list):
        return [_message(one, kind) for one in value]
    return _message(value, kind)


def _message(value: Any, kind: Descriptor) -> Any:
    if kind.full_name != _ANY or not isinstance(value, dict):
        return _renamed(value, kind)
    type_name = value.get("@type")
    packed = find_message(type_name) if isinstance(type_name, str) else None
    if packed is None:
        return value
    fields = {name: inner for name, inner in value.items() if name != "@type"}
    return {"@type": TYPE_PREFIX + packed.full_name, **_renamed(fields, packed)}


def snake(name: str) -> str:
    """The snake_case of a field's name: `isBranchDefault` is `is_branch_default`."""
    return _BOUNDARY.sub("_", name).lower()
