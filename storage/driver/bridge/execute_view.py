"""POST /driver/execute: one command, as protobuf JSON or as a serialized DriverRequest."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from kbstore import context
from kbstore.access import Actor, Need
from kbstore.errors import KbstoreError, NotAuthenticated
from kbstore.patience import Patience, waiting_for
from kbstore.rest.authentication import HasHeaders, authenticate_bearer
from kbstore.rest.jobs import JobReply, accepted, prefers_async
from kbstore.rest.responses import json_bytes
from kbstore.rest.schema import parse_body, read_json
from kbstore.rest.views import CALLER_LEFT, ApiView
from storage.driver.bridge.json_form import answer_json
from storage.driver.bridge.request import (
    ExecuteRequest,
    Order,
    UnknownType,
    order_of_bytes,
    order_of_json,
    type_of,
)
from storage.driver.call import Answer, CommandFailed
from storage.driver.errors import fault_of
from storage.driver.execute import begin, execute, packed
from storage.driver.generated.common_pb2 import DriverRequest
from storage.driver.measured import measured
from storage.driver.messages import command_name, parse
from storage.driver.registry import Access
from storage.models import Job

PROTOBUF = "application/x-protobuf"
_DEFAULTS = OpenApiParameter("emitDefaults", bool, required=False, description="Also fields with default values.")


class ExecuteView(ApiView):
    """Does a command. Any key opens this door; the command decides which one it needs."""

    needs = {"POST": Need.READ}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not _is_protobuf(request):
            read_json(request)  # what is no JSON is told before the caller's key is looked at
        super().initial(request, *args, **kwargs)

    def caller_of(self, request: HasHeaders, *, method: str, **_: Any) -> Actor | None:
        actor = authenticate_bearer(request)
        if actor is None:
            raise NotAuthenticated("Invalid API key")
        return actor

    @extend_schema(
        operation_id="driver_execute",
        request=ExecuteRequest,
        parameters=[_DEFAULTS],
        responses={200: OpenApiTypes.OBJECT, 202: JobReply},
        tags=["driver"],
    )
    def post(self, request: Request) -> HttpResponseBase:
        body = None if _is_protobuf(request) else parse_body(request, ExecuteRequest)
        try:
            if body is None:
                return self._answer_bytes(request)
            return self._answer_json(request, body)
        except CommandFailed as failure:
            return refused(failure.error)
        except KbstoreError as error:
            return refused(error)

    def _answer_json(self, request: Request, body: ExecuteRequest) -> HttpResponseBase:
        with measured(type_of(body) or ""):
            answer = _do(request, order_of_json(body, self.actor))
        if isinstance(answer, Job):
            return accepted(answer)
        emits = request.GET.get("emitDefaults", "").lower() in ("true", "1")
        return _json(answer_json(answer, emits_defaults=emits), 200)

    def _answer_bytes(self, request: Request) -> HttpResponseBase:
        message = parse(request._request.body, DriverRequest)
        with measured(command_name(message.command.type_url)):
            answer = _do(request, order_of_bytes(message, self.actor))
        if isinstance(answer, Job):
            return accepted(answer)
        return HttpResponse(packed(answer).SerializeToString(), content_type=PROTOBUF)


def refused(error: KbstoreError) -> HttpResponse:
    """The body of an error: the text that clients know, and what hosts decide by."""
    fault = fault_of(error)
    status = 400 if isinstance(error, UnknownType) else fault.http_status
    body = {
        "detail": fault.message,
        "error": fault.reason.name,
        "code": fault.reason.number,
        "retryable": fault.reason.retryable,
        "request_id": context.request_id.get(),
    }
    response = _json(body, status)
    if fault.retry_after_seconds is not None:
        response["Retry-After"] = str(fault.retry_after_seconds)
    return response


def _json(value: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(json_bytes(value), status=status, content_type="application/json")


def _is_protobuf(request: Request) -> bool:
    return request.headers.get("Content-Type", "").split(";")[0].strip().lower() == PROTOBUF


def _do(request: Request, order: Order) -> Answer | Job:
    """A job where the caller would rather not wait for it."""
    if prefers_async(request):
        return begin(order.call, order.command, order.message)
    patience = Patience()
    with _watched(request, order, patience), waiting_for(patience):
        return execute(order.call, order.command, order.message)


@contextmanager
def _watched(request: Request, order: Order, patience: Patience) -> Iterator[None]:
    """End the patience when the caller of a long command that only reads hangs up; what writes runs to its end."""
    left: threading.Event | None = request.META.get(CALLER_LEFT)
    if left is None or order.command.access is not Access.READ or not order.command.is_long:
        yield
        return
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            if left.wait(0.2):
                patience.end()
                return

    thread = threading.Thread(target=watch, name="driver watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
