"""Shapes of API keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kbstore.rest.schema import WITHOUT_NUL, Reply, RequestModel, Text, Timestamp
from storage.models import ApiKey


class ApiKeyCreateRequest(RequestModel):
    description: Annotated[str, Field(max_length=255), WITHOUT_NUL]
    scope: Literal["project_admin", "branch_admin", "branch_read"] = "project_admin"
    branch_id: Text | None = None
    expires_in_days: Annotated[int, Field(ge=1, le=365)] | None = None


class ApiKeyBase(Reply):
    id: str
    project_id: str
    branch_id: str | None
    key_prefix: str
    scope: str
    description: str | None
    created_at: Timestamp
    expires_at: Timestamp | None


class ApiKeyReply(ApiKeyBase):
    last_used_at: Timestamp | None
    is_revoked: bool


class ApiKeyCreatedReply(ApiKeyBase):
    api_key: str

    @classmethod
    def of(cls, key: ApiKey, secret: str) -> ApiKeyCreatedReply:
        return cls(**ApiKeyBase.model_validate(key).model_dump(mode="python"), api_key=secret)


class ApiKeysReply(Reply):
    api_keys: list[ApiKeyReply]
    count: int
    total: int
