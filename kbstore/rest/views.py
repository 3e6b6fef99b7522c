"""The base of every REST view: authenticate, authorize, then the handler."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbstore import context
from kbstore.access import Actor, Need
from kbstore.errors import Forbidden
from kbstore.rest.authentication import HasHeaders, authenticate_admin, authenticate_bearer
from kbstore.rest.openapi import WireSchema
from kbstore.rest.responses import WireJSONRenderer

#: Where the server keeps, among what it says of a request, the event that its caller has hung up.
CALLER_LEFT = "kbstore.caller_left"


class ApiView(APIView):
    """A resource. `needs` names for each method what the caller must be allowed to do; None means open to all.

    A method without an entry cannot be called: the rule has to be written down.
    """

    needs: ClassVar[dict[str, Need | None]] = {}
    actor: Actor
    schema = WireSchema()
    renderer_classes = (WireJSONRenderer,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request, force=True)
        method = "GET" if request.method == "HEAD" else request.method or ""
        if method not in self.needs:
            raise MethodNotAllowed(method)
        actor = self.caller_of(request, method=method, **kwargs)
        if actor is not None:
            self.actor = actor
            context.actor_label.set(actor.label)

    def caller_of(self, request: HasHeaders, *, method: str, **kwargs: Any) -> Actor | None:
        """Who makes this call, if they may; None for a method that is open to all. `kwargs` are those of the path.

        Raises NotAuthenticated or Forbidden.
        """
        need = self.needs[method]
        return None if need is None else self._authenticated(request, need, **kwargs)

    def _authenticated(self, request: HasHeaders, need: Need, **kwargs: Any) -> Actor:
        if need is Need.ADMIN:
            return authenticate_admin(request)
        project_id = kwargs.get("project_id")
        actor = authenticate_bearer(request)
        if actor is None:
            raise Forbidden(f"Access denied to project {project_id}" if project_id else "Access denied")
        if project_id is not None:
            actor.require(need, project_id=project_id, branch_id=kwargs.get("branch_id"))
        return actor

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if answer.status_code != 405:
            del answer["Allow"]
        return answer

    @property
    def allowed_methods(self) -> list[str]:
        methods = list(self.needs)
        return sorted([*methods, "HEAD"] if "GET" in methods else methods)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise MethodNotAllowed("OPTIONS")


def reply(value: BaseModel, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(value.model_dump_json().encode(), status=status, headers=headers)


def has_left(request: Request) -> bool:
    """Whether the caller has hung up while the view works."""
    event = request.META.get(CALLER_LEFT)
    return event is not None and event.is_set()


def no_content() -> Response:
    return Response(status=204)
