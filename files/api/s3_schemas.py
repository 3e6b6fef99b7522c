"""Shapes of S3 credentials."""

from __future__ import annotations

import datetime
from typing import Annotated, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from files.models import S3Credential
from files.services.objects.buckets import builtin_name
from kbstore.rest.schema import WITHOUT_NUL, Reply, RequestModel, Timestamp


class S3CredentialRequest(RequestModel):
    """`expires_at` without an offset is UTC; one of the two ends may be named."""

    description: Annotated[str, Field(max_length=255), WITHOUT_NUL] = ""
    read_only: bool = False
    key_prefix: Annotated[str, Field(max_length=1024), WITHOUT_NUL] = ""
    expires_at: datetime.datetime | None = None
    expires_in_days: Annotated[int, Field(ge=1, le=36_500)] | None = None

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if self.expires_at is not None and self.expires_in_days is not None:
            raise PydanticCustomError("two_ends", "Give expires_at or expires_in_days, not both")
        return self

    def end(self) -> datetime.datetime | None:
        if self.expires_in_days is not None:
            return timezone.now() + datetime.timedelta(days=self.expires_in_days)
        if self.expires_at is None or self.expires_at.tzinfo is not None:
            return self.expires_at
        return self.expires_at.replace(tzinfo=datetime.UTC)


class S3CredentialReply(Reply):
    """`endpoint` is that of `/s3`, `root_endpoint` that of the port of its own; `bucket` is None for every bucket."""

    access_key_id: str
    project_id: str | None
    description: str
    read_only: bool
    key_prefix: str
    enabled: bool
    created_at: Timestamp
    expires_at: Timestamp | None
    last_used_at: Timestamp | None
    endpoint: str
    root_endpoint: str | None
    region: str
    bucket: str | None

    @classmethod
    def of(cls, credential: S3Credential, **more: str) -> Self:
        return cls(
            access_key_id=credential.access_key_id,
            project_id=credential.project_id,
            description=credential.description,
            read_only=credential.is_read_only,
            key_prefix=credential.key_prefix,
            enabled=credential.is_enabled,
            created_at=credential.created_at,
            expires_at=credential.expires_at,
            last_used_at=credential.last_used_at,
            endpoint=f"{settings.BASE_URL}/s3",
            root_endpoint=root_endpoint(),
            region=settings.S3_REGION,
            bucket=None if credential.project_id is None else builtin_name(credential.project_id),
            **more,
        )


class S3CredentialCreatedReply(S3CredentialReply):
    secret_access_key: str


class S3CredentialsReply(Reply):
    s3_credentials: list[S3CredentialReply]
    count: int
    total: int


def root_endpoint() -> str | None:
    """Where the port of S3 is for clients, as far as the settings tell."""
    if not settings.S3_ENABLED:
        return None
    host = settings.S3_DOMAIN or urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"{'https' if settings.S3_TLS else 'http'}://{host}:{settings.S3_LISTEN}"
