"""What may go wrong with a call, for the OpenAPI document: the same for all views, from their method, path and rule."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

_DESCRIPTIONS = {
    400: "The request cannot be carried out as it is",
    401: "No key, or not the admin's",
    403: "The key may not do this here",
    404: "Something that the path names does not exist",
    408: "The body did not arrive in time",
    409: "It exists already, or is in a state that does not allow this",
    410: "It is gone",
    413: "The body is too large",
    422: "The request is malformed",
    423: "Somebody else writes; try again after `Retry-After` seconds",
    429: "Too many requests or jobs; try again after `Retry-After` seconds",
    500: "A fault of the server",
    503: "The server cannot answer now; try again after `Retry-After` seconds",
    504: "It took too long and was stopped",
    507: "The disk is full",
}
#: Path parameters of what is worked on by the engine, or expires.
_HEAVY = ("{table_name}", "{snapshot_id}", "{upload_key}", "{workspace_id}")


class ErrorReply(BaseModel):
    """What went wrong; it comes as the member `detail` of the body."""

    error: str
    message: str
    details: dict[str, Any] | None = None
    request_id: str | None = Field(None, description="Present on faults of the server")


class ErrorBody(BaseModel):
    """An error as it is sent; `detail` is plain text where the framework answers."""

    detail: ErrorReply | str


class ValidationItem(BaseModel):
    """One thing that is wrong with a request, and where."""

    type: str
    loc: list[str | int]
    msg: str
    input: Any
    ctx: dict[str, Any] | None = None


class ValidationBody(BaseModel):
    """What is wrong with a malformed request, all at once."""

    detail: list[ValidationItem] | ErrorReply


def error_statuses(*, method: str, path: str, is_open: bool, is_parsed: bool) -> list[int]:
    """The statuses of errors that a call may get. `is_parsed`: it has a body or a query that may be malformed."""
    found = {400, 500, 503}
    if not is_open:
        found |= {401, 403, 429}
    if "{" in path:
        found.add(404)
    if is_parsed:
        found.add(422)
    if any(name in path for name in _HEAVY):
        found |= {410, 504}
    if method != "GET":
        found |= {408, 409, 413, 423, 504, 507}
    return sorted(found)


def body_models(status: int) -> list[type[BaseModel]]:
    """The shapes that the body of this status has: faults and conflicts of idempotency come without `detail`, too."""
    if status == 422:
        return [ValidationBody]
    return [ErrorBody, ErrorReply] if status in (409, 500) else [ErrorBody]


def description_of(status: int) -> str:
    return _DESCRIPTIONS[status]
