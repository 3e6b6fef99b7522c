"""Look at API keys; their secrets cannot be seen by anybody."""

from __future__ import annotations

from kbstore.access import Actor, Need
from storage import catalog
from storage.errors import ApiKeyNotFound
from storage.models import ApiKey


def get_api_key(*, actor: Actor, project_id: str, key_id: str) -> ApiKey:
    """The key, also a revoked one. Raises ApiKeyNotFound."""
    actor.require(Need.MANAGE, project_id=project_id)
    return find_key(project_id, key_id)


def find_key(project_id: str, key_id: str) -> ApiKey:
    key = ApiKey.objects.filter(pk=key_id, project=project_id).first()
    if key is None:
        raise ApiKeyNotFound(project_id, key_id)
    return key


def list_api_keys(*, actor: Actor, project_id: str, limit: int | None, offset: int) -> tuple[list[ApiKey], int]:
    """One page of the keys that are not revoked, newest first, and how many there are in all."""
    actor.require(Need.MANAGE, project_id=project_id)
    catalog.find_project(project_id)
    keys = ApiKey.objects.filter(project=project_id, revoked_at=None)
    page = list(keys[offset : None if limit is None else offset + limit])
    return page, keys.count()
