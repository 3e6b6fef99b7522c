"""Turn a secret into an Actor."""

from __future__ import annotations

import datetime
import hashlib
import secrets

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from kbstore.access import Actor, Role
from kbstore.errors import NotAuthenticated
from storage.models import ApiKey

LAST_USED_STEP = datetime.timedelta(minutes=1)


def hash_key(secret: str) -> str:
    """The stored form of a key: SHA-256 of the whole key as 64 hex digits. With 128 random bits it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_admin_secret(secret: str) -> bool:
    expected = settings.ADMIN_API_KEY
    return bool(expected) and secrets.compare_digest(secret.encode(), expected.encode())


def authenticate_as_admin(secret: str) -> Actor:
    """The installation's admin. Raises NotAuthenticated."""
    if not settings.ADMIN_API_KEY:
        raise NotAuthenticated("Admin API key not configured on server")
    if not is_admin_secret(secret):
        raise NotAuthenticated("Invalid admin API key")
    return Actor(Role.ADMIN, "admin")


def authenticate(secret: str) -> Actor | None:
    """Who holds this key, None if nobody does now. Notes the use of the key, at most once a minute."""
    if is_admin_secret(secret):
        return Actor(Role.ADMIN, "admin")
    key = ApiKey.objects.filter(key_hash=hash_key(secret)).first()
    now = timezone.now()
    if key is None or not key.is_active(now):
        return None
    if key.last_used_at is None or now - key.last_used_at > LAST_USED_STEP:
        _note_use(key, now)
    return Actor(Role(key.scope), key.id, project_id=key.project_id, branch_id=key.branch_id)


def _note_use(key: ApiKey, now: datetime.datetime) -> None:
    try:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    except DatabaseError:  # the note is a courtesy: a busy catalog must not refuse a good key
        return
