"""Issue a pair of access key and secret for the S3 endpoint."""

from __future__ import annotations

import datetime
import secrets
import string

from django.db import transaction
from django.utils import timezone

from files.errors import ExpiryInThePast
from files.models import S3Credential
from files.services.projects import require_project
from files.services.s3_credentials.secrets_at_rest import sealed_secret
from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success

_ID_START, _ID_LENGTH, _SECRET_LENGTH = "KB", 20, 40
_ID_CHARACTERS = string.ascii_uppercase + string.digits
_SECRET_CHARACTERS = string.ascii_letters + string.digits


@operation("create_s3_credential", resource_type="s3_credential", need=Need.MANAGE)
def create_s3_credential(
    *,
    actor: Actor,
    project_id: str | None,
    description: str = "",
    is_read_only: bool = False,
    key_prefix: str = "",
    expires_at: datetime.datetime | None = None,
) -> tuple[S3Credential, str]:
    """The row and the secret, which nobody can look at again. Without a project it opens every bucket.

    Raises ProjectNotFound, ExpiryInThePast.
    """
    if project_id is not None:
        require_project(project_id)
    now = timezone.now()
    if expires_at is not None and expires_at <= now:
        raise ExpiryInThePast
    access_key_id = _ID_START + _random(_ID_CHARACTERS, _ID_LENGTH - len(_ID_START))
    secret = _random(_SECRET_CHARACTERS, _SECRET_LENGTH)
    with transaction.atomic():
        credential = S3Credential.objects.create(
            access_key_id=access_key_id,
            secret=sealed_secret(secret, access_key_id=access_key_id),
            project_id=project_id,
            description=description,
            is_read_only=is_read_only,
            key_prefix=key_prefix,
            created_at=now,
            expires_at=expires_at,
        )
        record_success(
            access_key_id,
            description=description,
            read_only=is_read_only,
            key_prefix=key_prefix,
            expires_at=None if expires_at is None else expires_at.isoformat(),
        )
    return credential, secret


def _random(characters: str, length: int) -> str:
    return "".join(secrets.choice(characters) for _ in range(length))
