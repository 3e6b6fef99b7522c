"""A request before it is sent: address, headers, body, and whether it may be sent again."""

from __future__ import annotations

import enum
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from keboola_duckdb.errors import ConfigurationError

IDEMPOTENCY_HEADER = "X-Idempotency-Key"
REQUEST_ID_HEADER = "X-Request-ID"
#: What the server executes once under a key. Reads need none; a PATCH has none and is never repeated.
_KEYED = ("POST", "PUT", "DELETE")
_READING = ("GET", "HEAD")
_PLACEHOLDER = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class Call:
    """One logical call: request id and idempotency key stay the same however often it is sent."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_repeatable: bool = True
    read_timeout: float | None = None

    @property
    def request_id(self) -> str:
        return self.headers[REQUEST_ID_HEADER]


def new_call(
    method: str,
    template: str,
    *,
    path: Mapping[str, object] | None = None,
    query: Mapping[str, Any] | None = None,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    is_keyed: bool = True,
    is_repeatable: bool | None = None,
    read_timeout: float | None = None,
) -> Call:
    """A call of `template`, its `{names}` filled from `path`. Values of None are left out of the query.

    Mutating calls get an idempotency key unless `is_keyed` is False, and are repeated only under one; who can
    repeat safely for another reason says so by `is_repeatable`.
    """
    sent = {REQUEST_ID_HEADER: uuid.uuid4().hex} | dict(headers or {})
    if method in _KEYED and is_keyed:
        sent.setdefault(IDEMPOTENCY_HEADER, str(uuid.uuid4()))
    safe = method in _READING or IDEMPOTENCY_HEADER in sent
    return Call(
        method=method,
        path=filled(template, path or {}),
        query={name: _as_query(value) for name, value in (query or {}).items() if value is not None},
        body=body,
        headers=sent,
        is_repeatable=safe if is_repeatable is None else is_repeatable,
        read_timeout=read_timeout,
    )


def filled(template: str, values: Mapping[str, object]) -> str:
    """The path of a template. Each value stays one segment: `..`, an empty text and the like are refused.

    Raises ConfigurationError.
    """
    return _PLACEHOLDER.sub(lambda found: _segment(found[1], values[found[1]]), template)


def given(**values: Any) -> dict[str, Any]:
    """Those members of a body that are not None: what is left out keeps the server's default."""
    return {name: value for name, value in values.items() if value is not None}


def list_of_names(names: Sequence[str]) -> list[str]:
    """For a body. A single text is refused: its letters are hardly meant."""
    if isinstance(names, str | bytes):
        raise ConfigurationError(f"a list of names is needed, as [{names!r}]")
    return list(names)


class Unchanged(enum.Enum):
    """Stands for what is not given where None means something else."""

    UNCHANGED = enum.auto()


UNCHANGED = Unchanged.UNCHANGED


def changed(**values: Any) -> dict[str, Any]:
    """Those members of a body that are given, None among them."""
    return {name: value for name, value in values.items() if value is not UNCHANGED}


def _segment(name: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ConfigurationError(f"{name} has to be a text, not {type(value).__name__}")
    text = str(value)
    if text in ("", ".", ".."):
        raise ConfigurationError(f"{name} must not be {text!r}")
    return quote(text, safe="")


def _as_query(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
