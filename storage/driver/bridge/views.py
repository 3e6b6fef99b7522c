"""POST /driver/execute: one command as protobuf JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Actor, Need
from kbstore.errors import KbstoreError, NotAuthenticated
from kbstore.rest.authentication import HasHeaders, authenticate_bearer
from kbstore.rest.schema import RequestModel, parse_body
from kbstore.rest.views import ApiView
from storage.driver.authorise import check_command, check_project
from storage.driver.bridge.json_form import answer_json, message_of
from storage.driver.call import Call, CommandFailed
from storage.driver.errors import Fault, InvalidParameter, UnsupportedCommand, fault_of
from storage.driver.execute import execute
from storage.driver.messages import command_name
from storage.driver.policy import LEGACY
from storage.driver.registry import find_command


class ExecuteRequest(RequestModel):
    command: dict[str, Any]
    credentials: dict[str, Any] | None = None
    features: list[str] | None = None
    runtime_options: dict[str, Any] | None = Field(default=None, alias="runtimeOptions")


class ExecuteView(ApiView):
    """Does a command; any key opens it, the command decides which one it needs."""

    needs = {"POST": Need.READ}

    def caller_of(self, request: HasHeaders, *, method: str, **_: Any) -> Actor | None:
        actor = authenticate_bearer(request)
        if actor is None:
            raise NotAuthenticated("Invalid API key")
        return actor

    @extend_schema(
        operation_id="execute_driver_command", request=ExecuteRequest, responses={200: None}, tags=["driver"]
    )
    def post(self, request: Request) -> Response:
        body = parse_body(request, ExecuteRequest)
        try:
            return Response(self._execute(body))
        except CommandFailed as failure:
            return self._refused(failure.error)
        except KbstoreError as error:
            return self._refused(error)

    def _execute(self, body: ExecuteRequest) -> dict[str, Any]:
        fields = dict(body.command)
        named, alternative = fields.pop("type", None), fields.pop("@type", None)
        type_name = named if named is not None else alternative
        credentials = body.credentials or {}
        project_id = credentials.get("host") or credentials.get("project_id")
        check_project(self.actor, project_id)
        if not isinstance(type_name, str) or not type_name:
            raise InvalidParameter("Command must contain 'type' field (e.g., 'InitBackendCommand')")
        command = find_command(command_name(type_name))
        check_command(command, self.actor)
        message = message_of(fields, command.message_class())
        options = body.runtime_options or {}
        call = Call(
            name=command.name,
            actor=self.actor,
            policy=LEGACY,
            project_id=project_id,
            features=frozenset(body.features or ()),
            run_id=options.get("runId"),
            query_tags=options.get("queryTags") or {},
        )
        return answer_json(execute(call, command, message))

    def _refused(self, error: KbstoreError) -> Response:
        fault = fault_of(error)
        status = 400 if isinstance(error, UnsupportedCommand) else fault.http_status
        return Response(_error_body(fault), status=status)


def _error_body(fault: Fault) -> dict[str, Any]:
    return {
        "detail": fault.message,
        "error": fault.reason.name,
        "code": fault.reason.number,
        "retryable": fault.reason.retryable,
    }
