"""Replace an API key by a new one of the same rights."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.errors import CannotRotateRevokedKey
from storage.models import ApiKey
from storage.services.create_api_key import insert_key, iso
from storage.services.get_api_key import find_key

_SUFFIX = " (rotated)"
_MAX_DESCRIPTION = 255


@operation("rotate_api_key", resource_type="api_key", need=Need.MANAGE)
def rotate_api_key(*, actor: Actor, project_id: str, key_id: str) -> tuple[ApiKey, str]:
    """The new key and its secret; it lives as long as the old one was made to. The old one is refused from now on."""
    with transaction.atomic():
        old = find_key(project_id, key_id)
        revoked = ApiKey.objects.filter(pk=old.pk, revoked_at=None).update(revoked_at=timezone.now())
        if not revoked:
            raise CannotRotateRevokedKey(key_id)
        key, secret = insert_key(
            project_id=project_id,
            scope=old.scope,
            branch_id=old.branch_id,
            description=(old.description or "")[: _MAX_DESCRIPTION - len(_SUFFIX)] + _SUFFIX,
            lifetime=None if old.expires_at is None else old.expires_at - old.created_at,
        )
        record_success(
            key.pk, old_key_id=key_id, scope=key.scope, branch_id=key.branch_id, expires_at=iso(key.expires_at)
        )
    return key, secret
