"""X-Idempotency-Key: the same request sent twice is executed once (rest-core 2.8, docs/decisions/0011)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from kbstore.errors import Forbidden, KbstoreError, NotAuthenticated
from kbstore.metrics import IDEMPOTENCY_CACHE_HITS, IDEMPOTENCY_CACHE_MISSES, IDEMPOTENCY_CONFLICTS
from kbstore.rest.asgi import Application, Message, Receive, Scope, Send, header
from kbstore.rest.authentication import authenticate_bearer
from kbstore.rest.errors import as_kbstore_error, error_headers, json_error_response, json_response
from kbstore.rest.failed_logins import uncounted
from kbstore.rest.views import ApiView
from storage.idempotency.answer import Answer
from storage.idempotency.asked import Asked
from storage.idempotency.claim import Claim, claim_or_answer, was_asked_by
from storage.idempotency.errors import IdempotencyConflict, InvalidIdempotencyKey, StillInProgress

log = structlog.get_logger(__name__)

MAX_KEY_CHARACTERS = 1024
_METHODS = ("POST", "PUT", "DELETE")
_EXEMPT = ("/admin/", "/static/", "/s3/")
_CREDENTIALS = ("Authorization", "X-StorageApi-Token", "X-Internal-Token")


class IdempotencyMiddleware:
    """Executes a request with a key once and replays its answer; whoever may not make the call is refused as ever."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.META.get("HTTP_X_IDEMPOTENCY_KEY")
        if not key or request.method not in _METHODS or not _is_covered(request):
            return self.get_response(request)
        try:
            return self._once(request, key)
        except (KbstoreError, OperationalError) as error:
            return _refusal(error)

    def _once(self, request: HttpRequest, key: str) -> HttpResponseBase:
        raw_key = key.encode("latin-1")  # as header values arrive
        if len(raw_key.decode("utf-8", "replace")) > MAX_KEY_CHARACTERS:
            raise InvalidIdempotencyKey(MAX_KEY_CHARACTERS)
        asked = Asked.of(
            key=raw_key,
            method=request.method or "",
            path=request.path,
            body=request.body,
            credentials=_credentials(request),
        )
        if not was_asked_by(asked) and not _is_welcome(request):
            return self.get_response(request)
        outcome = claim_or_answer(asked)
        if isinstance(outcome, Answer):
            IDEMPOTENCY_CACHE_HITS.inc()
            return _replay(outcome, key)
        IDEMPOTENCY_CACHE_MISSES.inc()
        return self._execute(request, outcome)

    def _execute(self, request: HttpRequest, claim: Claim) -> HttpResponseBase:
        answer = None
        try:
            response = self.get_response(request)
            if isinstance(response, HttpResponse):
                answer = Answer(response.status_code, response.get("Content-Type", ""), response.content)
        finally:
            claim.settle(answer)
        return response


def _is_covered(request: HttpRequest) -> bool:
    """Requests without credentials are not: there is nobody to keep the answer for."""
    path = request.path
    return bool(_credentials(request)) and not path.startswith(_EXEMPT) and "\0" not in path


def _credentials(request: HttpRequest) -> bytes:
    """What proves who asks; `bearer` and `Bearer` prove the same."""
    sent = [(name, *request.headers[name].partition(" ")) for name in _CREDENTIALS if request.headers.get(name)]
    return "\n".join(
        f"{name} {scheme.lower() if secret else scheme} {secret}" for name, scheme, _, secret in sent
    ).encode()


def _is_welcome(request: HttpRequest) -> bool:
    """Whether the call would pass the door: False leaves it to the view to say why not."""
    try:
        with uncounted():
            return _passes(request)
    except (NotAuthenticated, Forbidden):
        return False


def _passes(request: HttpRequest) -> bool:
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return authenticate_bearer(request) is not None
    view_class = getattr(match.func, "view_class", None)
    method = request.method or ""
    if view_class is None or not issubclass(view_class, ApiView) or method not in view_class.needs:
        return authenticate_bearer(request) is not None
    view_class().caller_of(request, method=method, **match.kwargs)
    return True


def _replay(answer: Answer, key: str) -> HttpResponse:
    headers = {"X-Idempotency-Key": key, "X-Idempotency-Replay": "true"}
    response = HttpResponse(
        answer.body, status=answer.status, headers=headers, content_type=answer.content_type or None
    )
    if not answer.content_type:
        del response["Content-Type"]
    if answer.status != 204:
        response["Content-Length"] = str(len(answer.body))
    return response


def _refusal(error: KbstoreError | OperationalError) -> HttpResponse:
    known = as_kbstore_error(error)
    if known is None:
        raise error
    if not isinstance(known, IdempotencyConflict):
        return json_error_response(known)
    if not isinstance(known, StillInProgress):
        IDEMPOTENCY_CONFLICTS.inc()
    return json_response({"error": known.code, "message": known.message}, known.http_status, error_headers(known))


class Unbroken:
    """Hides from the application that a client with an idempotency key has hung up.

    Such a client will ask again, and has to find the answer: the work is neither given up nor done without being noted.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_keyed = scope["method"] in _METHODS and header(scope, b"x-idempotency-key")
        await self.application(scope, _deaf(receive) if is_keyed else receive, send)


def _deaf(receive: Receive) -> Receive:
    async def receive_until_hung_up() -> Message:
        message = await receive()
        if message["type"] == "http.disconnect":
            await asyncio.Event().wait()  # until the application, done, ends its wait for this
        return message

    return receive_until_hung_up
