"""The OpenAPI document: what drf-spectacular cannot know about this service, and the document itself."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.contrib.pydantic import PydanticExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter
from pydantic import BaseModel
from pydantic.json_schema import model_json_schema

from kbstore.rest.responses import json_bytes

_IDEMPOTENT_METHODS = ("POST", "PUT", "DELETE")
_IDEMPOTENCY_KEY = OpenApiParameter(
    "X-Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=False,
    description="A repetition of this call with the same key and credential is answered with the first result.",
)


class ErrorReply(BaseModel):
    """What went wrong; it comes as the member `detail` of the body."""

    error: str
    message: str
    details: dict[str, Any] | None = None


def query_parameters(model: type[BaseModel]) -> list[OpenApiParameter]:
    """The fields of a query's model, for `extend_schema(parameters=...)`."""
    schema = model_json_schema(model)
    required = schema.get("required", [])
    return [OpenApiParameter(name, field, required=name in required) for name, field in schema["properties"].items()]


class RequestModelExtension(PydanticExtension):
    """Describes what may be sent, where drf-spectacular's own extension describes what is answered."""

    target_class = "kbstore.rest.schema.RequestModel"
    priority = 1

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str:
        name: str = super().get_name(auto_schema, direction)
        return name.removesuffix("Request")  # which drf-spectacular adds

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        schema = model_json_schema(self.target, ref_template="#/components/schemas/{model}")
        for name, part in schema.pop("$defs", {}).items():
            component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, object=name, schema=part)
            auto_schema.registry.register_on_missing(component)
        return schema


class WireSchema(AutoSchema):
    """Describes an ApiView: its rule in `needs` says whether a key is needed."""

    def get_override_parameters(self) -> list[OpenApiParameter]:
        return [_IDEMPOTENCY_KEY] if self.method in _IDEMPOTENT_METHODS else []

    def get_summary(self) -> str:
        return self.get_operation_id().replace("_", " ").capitalize()

    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{}] if self.view.needs.get(self.method) is None else [{"bearer": []}]

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        return bodies | {"default": self._get_response_for_code(ErrorReply, "default")}


@cache
def openapi_document() -> bytes:
    """The document as JSON; the URL conf does not change while a process runs."""
    return json_bytes(SchemaGenerator().get_schema(request=None, public=True))
