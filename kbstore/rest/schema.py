"""Strict shapes of requests and replies, on pydantic: its error items are the wire format of rest-core 2.6."""

from __future__ import annotations

import datetime
import json
from typing import Annotated, Any, TypeVar

from django.http import HttpRequest
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationError

from kbstore.rest.errors import UnreadableBody, ValidationFailed

Timestamp = Annotated[
    datetime.datetime,
    PlainSerializer(lambda value: value.astimezone(datetime.UTC).isoformat(timespec="microseconds"), return_type=str),
]


class RequestModel(BaseModel):
    """A request's body or query: unknown fields are ignored, strings are never coerced or trimmed."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Reply(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(from_attributes=True)


class NoBody(RequestModel):
    pass


class Page(RequestModel):
    """Paging of every list."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    offset: Annotated[int, Field(ge=0)] = 0


Q = TypeVar("Q", bound=RequestModel)
B = TypeVar("B", bound=RequestModel)


def parse_query(request: HttpRequest, model: type[Q]) -> Q:
    """The query as `model`; the last value of a repeated parameter wins. Raises ValidationFailed."""
    values, items = _validated(model, dict(request.GET.items()), "query")
    if items:
        raise ValidationFailed(items)
    return values  # type: ignore[return-value]


def parse_body(request: HttpRequest, model: type[B]) -> B:
    """The JSON body as `model`. Raises ValidationFailed, UnreadableBody."""
    values, items = _validated(model, read_json(request), "body")
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
    raw: bytes = getattr(request, "_request", request).body
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableBody from error
    if not text:
        return None
    if not _is_json(request.headers.get("Content-Type", "")):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        item = {"type": "json_invalid", "loc": ["body", error.pos], "msg": "JSON decode error", "input": {}}
        raise ValidationFailed([item | {"ctx": {"error": error.msg}}]) from error
    except RecursionError as error:
        item = {"type": "json_invalid", "loc": ["body", 0], "msg": "JSON decode error", "input": {}}
        raise ValidationFailed([item | {"ctx": {"error": "Too deeply nested"}}]) from error


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


def _item(entry: Any, place: str) -> dict[str, Any]:
    given = entry["input"]
    item = {"type": entry["type"], "loc": [place, *entry["loc"]], "msg": entry["msg"], "input": given}
    if place == "query" and entry["type"] == "missing":
        item["input"] = None
    if "ctx" in entry:
        item["ctx"] = {key: value if _is_plain(value) else str(value) for key, value in entry["ctx"].items()}
    return item


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool, list, dict))
