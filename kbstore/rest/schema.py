"""Strict shapes of requests and replies, on pydantic: its error items are the wire format of rest-core 2.6."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from django.conf import settings
from django.http import HttpRequest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, ValidationError
from pydantic_core import PydanticCustomError, PydanticKnownError

from kbstore.rest.errors import UnreadableBody, ValidationFailed


def timestamp(value: datetime.datetime) -> str:
    """How every answer writes a time."""
    return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")


Timestamp = Annotated[datetime.datetime, PlainSerializer(timestamp, return_type=str)]


class RequestModel(BaseModel):
    """A request's body or query: unknown fields are ignored, strings are never coerced or trimmed."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Reply(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(from_attributes=True)


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("string_type", "Input should be a valid string without NUL characters")
    return text


#: Comes after a rule of length, which before it would count items instead of characters in what it says.
WITHOUT_NUL = AfterValidator(_without_nul)
#: Text that is stored: PostgreSQL has no place for NUL.
Text = Annotated[str, WITHOUT_NUL]


def _not_too_long(text: str) -> str:
    most = settings.MAX_DESCRIPTION_CHARACTERS
    if len(text) > most:
        raise PydanticKnownError("string_too_long", {"max_length": most})
    return text


#: What people call or say of things: shown in lists of thousands, so it is bounded.
Description = Annotated[str, AfterValidator(_not_too_long), WITHOUT_NUL]


def _object_without_nul(value: dict[str, Any]) -> dict[str, Any]:
    if "\\u0000" in json.dumps(value):
        raise PydanticCustomError("dict_type", "Input should be a valid dictionary without NUL characters")
    return value


#: A free-form object that is stored.
FreeForm = Annotated[dict[str, Any], AfterValidator(_object_without_nul)]


class NoBody(RequestModel):
    pass


#: How many entries to skip. No list is as long as that bound, and no database takes a number over 64 bits.
Offset = Annotated[int, Field(ge=0), AfterValidator(lambda value: min(value, 2**62))]


class Page(RequestModel):
    """Paging of every list."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    offset: Offset = 0


class OptionalPage(RequestModel):
    """Paging of the lists that are complete unless the caller asks for less."""

    limit: Annotated[int, Field(ge=1, le=1000)] | None = None
    offset: Offset = 0


Q = TypeVar("Q", bound=RequestModel)
B = TypeVar("B", bound=RequestModel)


def parse_query(request: HttpRequest, model: type[Q]) -> Q:
    """The query as `model`; the last value of a repeated parameter wins. Raises ValidationFailed."""
    return parse_parameters(dict(request.GET.items()), model)


def parse_parameters(parameters: Mapping[str, str], model: type[Q]) -> Q:
    """A query that somebody else has decoded. Raises ValidationFailed."""
    values, items = _validated(model, dict(parameters), "query")
    if items:
        raise ValidationFailed(items)
    return values  # type: ignore[return-value]


def parse_body(request: HttpRequest, model: type[B]) -> B:
    """The JSON body as `model`. Raises ValidationFailed, UnreadableBody."""
    values, items = _validated(model, read_json(request), "body")
    if items:
        raise ValidationFailed(items)
    return values  # type: ignore[return-value]


def parse_json_body(raw: bytes, content_type: str, model: type[B]) -> B:
    """The same of a body that was received elsewhere."""
    values, items = _validated(model, json_of(raw, content_type), "body")
    if items:
        raise ValidationFailed(items)
    return values  # type: ignore[return-value]


def parse_query_and_body(request: HttpRequest, query: type[Q], body: type[B]) -> tuple[Q, B]:
    """Both, with all problems of both in one answer."""
    query_values, query_items = _validated(query, dict(request.GET.items()), "query")
    body_values, body_items = _validated(body, read_json(request), "body")
    if query_items or body_items:
        raise ValidationFailed(query_items + body_items)
    return query_values, body_values  # type: ignore[return-value]


def read_json(request: HttpRequest) -> Any:
    """The parsed body; None for an empty one; the raw text when the content type is not JSON."""
    return json_of(getattr(request, "_request", request).body, request.headers.get("Content-Type", ""))


def json_of(raw: bytes, content_type: str) -> Any:
    """The same of bytes."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableBody from error
    if not text:
        return None
    if not _is_json(content_type):
        return text
    return parse_json(text)


def parse_json(text: str) -> Any:
    """The value of a JSON text. Raises ValidationFailed, also for NaN, infinite numbers and lone surrogates.

    Python's parser takes these, but they could be neither stored nor sent back.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise _json_invalid(error.pos, error.msg) from error
    except UnicodeEncodeError as error:
        raise _json_invalid(0, "A string holds half of a surrogate pair") from error
    except RecursionError as error:
        raise _json_invalid(0, "Too deeply nested") from error
    except ValueError as error:  # an integer of thousands of digits, or one of the two below
        raise _json_invalid(0, "A number is out of range") from error
    return value


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


def _json_invalid(position: int, problem: str) -> ValidationFailed:
    item = {"type": "json_invalid", "loc": ["body", position], "msg": "JSON decode error", "input": {}}
    return ValidationFailed([item | {"ctx": {"error": problem}}])


def _is_json(content_type: str) -> bool:
    main = content_type.split(";")[0].strip().lower()
    return main in ("", "application/json") or (main.startswith("application/") and main.endswith("+json"))


def _validated(model: type[BaseModel], value: Any, place: str) -> tuple[BaseModel | None, list[dict[str, Any]]]:
    if value is None and place == "body":
        return None, [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}]
    try:
        return model.model_validate(value, from_attributes=True), []
    except ValidationError as error:
        return None, [_item(entry, place) for entry in error.errors(include_url=False)]


#: Fields whose values no answer repeats.
_SECRETS = frozenset({"source_credentials", "secret_access_key", "session_token"})


def _shown(given: Any, location: Sequence[Any]) -> Any:
    """What was given, without the secrets in it: the whole body, where it lacks something."""
    if _SECRETS.intersection(location):
        return None
    if isinstance(given, dict) and not _SECRETS.isdisjoint(given):
        return {name: None if name in _SECRETS else value for name, value in given.items()}
    return given


def _item(entry: Any, place: str) -> dict[str, Any]:
    given = _shown(entry["input"], entry["loc"])
    item = {"type": entry["type"], "loc": [place, *entry["loc"]], "msg": entry["msg"], "input": given}
    if place == "query" and entry["type"] == "missing":
        item["input"] = None
    if "ctx" in entry:
        item["ctx"] = {key: value if _is_plain(value) else str(value) for key, value in entry["ctx"].items()}
    return item


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool, list, dict))
