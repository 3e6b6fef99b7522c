"""Create an API key."""

from __future__ import annotations

import datetime
import secrets

from django.db import transaction
from django.utils import timezone

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage import catalog
from storage.errors import BranchNotFound, InvalidKeyRequest
from storage.keys import generate_key
from storage.models import ApiKey, KeyScope
from storage.services.authenticate import hash_key


@operation("create_api_key", resource_type="api_key", need=Need.MANAGE)
def create_api_key(
    *,
    actor: Actor,
    project_id: str,
    description: str,
    scope: str = KeyScope.PROJECT_ADMIN,
    branch_id: str | None = None,
    expires_in_days: int | None = None,
) -> tuple[ApiKey, str]:
    """The key's row and its secret, which is stored nowhere. Raises InvalidKeyRequest, BranchNotFound."""
    catalog.find_project(project_id)
    _check_branch(project_id, scope, branch_id)
    lifetime = None if expires_in_days is None else datetime.timedelta(days=expires_in_days)
    with transaction.atomic():
        key, secret = insert_key(
            project_id=project_id, scope=scope, branch_id=branch_id, description=description, lifetime=lifetime
        )
        record_success(
            key.pk, scope=scope, branch_id=branch_id, description=description, expires_at=iso(key.expires_at)
        )
    return key, secret


def insert_key(
    *, project_id: str, scope: str, branch_id: str | None, description: str | None, lifetime: datetime.timedelta | None
) -> tuple[ApiKey, str]:
    """A new row and its secret; checks nothing."""
    new = generate_key(project_id=project_id, scope=scope, branch_id=branch_id)
    now = timezone.now()
    key = ApiKey.objects.create(
        id=f"key_{secrets.token_hex(8)}",
        project_id=project_id,
        branch_id=branch_id,
        key_hash=hash_key(new.secret),
        key_prefix=new.prefix,
        scope=scope,
        description=description,
        created_at=now,
        expires_at=None if lifetime is None else now + lifetime,
    )
    return key, new.secret


def iso(moment: datetime.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _check_branch(project_id: str, scope: str, branch_id: str | None) -> None:
    if scope == KeyScope.PROJECT_ADMIN:
        if branch_id is not None:
            raise InvalidKeyRequest(scope)
        return
    if not branch_id:
        raise InvalidKeyRequest(scope)
    if catalog.find_branch(project_id, branch_id) is None:
        raise BranchNotFound(project_id, branch_id)  # a key is for one dev branch, never for the default one
