"""Revoke an API key for good."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success
from storage.errors import CannotRevokeLastAdminKey
from storage.models import ApiKey, KeyScope, Project
from storage.services.get_api_key import find_key


@operation("revoke_api_key", resource_type="api_key", need=Need.MANAGE)
def revoke_api_key(*, actor: Actor, project_id: str, key_id: str) -> None:
    """From now on the key is refused; revoking it again is no error. Raises CannotRevokeLastAdminKey."""
    with transaction.atomic():
        _lock_keys_of(project_id)
        key = find_key(project_id, key_id)
        if key.is_revoked:
            return
        _require_another_admin_key(key)
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        record_success(key_id, scope=key.scope, branch_id=key.branch_id, key_prefix=key.key_prefix)


def _lock_keys_of(project_id: str) -> None:
    """Two revocations at once must not each take the other's key for the one that stays."""
    Project.objects.select_for_update().filter(pk=project_id).first()


def _require_another_admin_key(key: ApiKey) -> None:
    if key.scope != KeyScope.PROJECT_ADMIN or not key.is_active(timezone.now()):
        return
    active = ApiKey.objects.active().filter(project=key.project_id, scope=KeyScope.PROJECT_ADMIN).count()
    if active <= 1:
        raise CannotRevokeLastAdminKey(key.project_id, key.pk, active)
