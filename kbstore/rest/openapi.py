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

from kbstore.rest.openapi_errors import body_models, description_of, error_statuses
from kbstore.rest.responses import json_bytes

_IDEMPOTENT_METHODS = ("POST", "PUT", "DELETE")
_IDEMPOTENCY_KEY = OpenApiParameter(
    "X-Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=False,
    description="A repetition of this call with the same key and credential is answered with the first result.",
)
_PREFER = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    required=False,
    description="With `respond-async` the answer is 202 and a job, at once.",
)


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
        parameters = [_IDEMPOTENCY_KEY] if self.method in _IDEMPOTENT_METHODS else []
        responses = self.get_response_serializers()
        is_job = isinstance(responses, dict) and 202 in responses
        return [*parameters, _PREFER] if is_job else parameters

    def get_summary(self) -> str:
        return self.get_operation_id().replace("_", " ").capitalize()

    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{}] if self.view.needs.get(self.method) is None else [{"bearer": []}]

    def get_request_serializer(self) -> Any:
        """Nothing to guess from: a view that takes a body says so."""
        return None

    def _get_request_body(self, direction: str = "request") -> dict[str, Any] | None:
        """DELETE may have one, too: the condition of a deletion of rows."""
        if self.method != "DELETE" or self.get_request_serializer() is None:
            body: dict[str, Any] | None = super()._get_request_body(direction)
            return body
        schema, _ = self._get_request_for_media_type(self.get_request_serializer(), direction)
        return {"content": {"application/json": {"schema": schema}}, "required": True}

    def get_operation(self, *arguments: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*arguments)
        if operation is None:
            return None
        in_query = any(parameter["in"] == "query" for parameter in operation.get("parameters", ()))
        statuses = error_statuses(
            method=self.method,
            path=self.path,
            is_open=self.view.needs.get(self.method) is None,
            is_parsed=in_query or "requestBody" in operation,
        )
        errors = {str(status): self._error_response(status) for status in statuses}
        return operation | {"responses": dict(sorted((errors | operation["responses"]).items()))}

    def _error_response(self, status: int) -> dict[str, Any]:
        responses = [self._get_response_for_code(model, str(status)) for model in body_models(status)]
        schemas = [content["schema"] for response in responses for content in response["content"].values()]
        schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        return {"description": description_of(status), "content": {"application/json": {"schema": schema}}}


@cache
def openapi_document() -> bytes:
    """The document as JSON; the URL conf does not change while a process runs."""
    return json_bytes(SchemaGenerator().get_schema(request=None, public=True))
