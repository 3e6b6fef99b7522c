"""Commands and answers as protobuf JSON, with what clients of the bridge are used to beside its rules."""

from __future__ import annotations

import re
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

from storage.driver.call import Answer
from storage.driver.errors import InvalidParameter
from storage.driver.generated.common_pb2 import LogMessage
from storage.driver.messages import TYPE_PREFIX, pool

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
#: Errors down to Error, Warning, and the rest.
_LEVELS = ["Error"] * 4 + ["Warning"] + ["Info"] * 3


def message_of(fields: dict[str, Any], message: Message) -> Message:
    """Fill a message from JSON. Raises InvalidParameter for an unknown field or a value that does not fit."""
    try:
        return ParseDict(_renamed(fields, message.DESCRIPTOR), message, descriptor_pool=pool())
    except (ParseError, ValueError, TypeError, RecursionError) as error:
        raise InvalidParameter(str(error)) from error


def answer_json(answer: Answer) -> dict[str, Any]:
    return {"commandResponse": _result_json(answer.result), "messages": [message_json(one) for one in answer.messages]}


def message_json(message: LogMessage) -> dict[str, str]:
    return {"level": _LEVELS[message.level], "message": message.message}


def _result_json(result: Message | None) -> dict[str, Any] | None:
    if result is None:
        return None
    fields = MessageToDict(result, preserving_proto_field_name=True, descriptor_pool=pool())
    return fields | {"@type": TYPE_PREFIX + result.DESCRIPTOR.full_name}


def _renamed(value: Any, descriptor: Descriptor) -> Any:
    """Field names of a JSON object as the protocol spells them; snake_case is accepted for each."""
    if not isinstance(value, dict):
        return value
    names = {snake(field.name): field for field in descriptor.fields}
    renamed = {}
    for key, inner in value.items():
        field = descriptor.fields_by_name.get(key) or names.get(key)
        renamed[field.name if field else key] = inner if field is None else _inside(inner, field)
    return renamed


def _inside(value: Any, field: FieldDescriptor) -> Any:
    kind = field.message_type
    if kind is None or kind.GetOptions().map_entry or kind.full_name.startswith("google.protobuf."):
        return value
    if isinstance(value, list):
        return [_renamed(one, kind) for one in value]
    return _renamed(value, kind)


def snake(name: str) -> str:
    """The snake_case of a field's name: `isBranchDefault` is `is_branch_default`."""
    return _BOUNDARY.sub("_", name).lower()
