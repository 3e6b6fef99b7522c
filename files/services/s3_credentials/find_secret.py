"""The secret behind an access key, and whom it stands for."""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from files.models import S3Credential
from files.services.objects.caller import ADMIN_OWNER, S3Caller, project_owner
from files.services.s3_credentials.secrets_at_rest import unsealed_secret
from kbstore.encryption import Undecipherable

LAST_USED_STEP = datetime.timedelta(minutes=1)
#: How long a revoked credential may still open something in the other processes; this one forgets it at once.
REMEMBERED_SECONDS = 2.0
_MAX_REMEMBERED = 1000


@dataclass(frozen=True)
class Found:
    """What a signature is checked with, and who has signed if it is right."""

    secret: str
    caller: S3Caller
    expires_at: datetime.datetime | None = None
    last_used_at: datetime.datetime | None = None


_remembered: dict[str, tuple[float, Found]] = {}


def find_secret(access_key_id: str) -> Found | None:
    """None for an access key that is unknown, disabled or expired."""
    remembered = remembered_secret(access_key_id)
    if remembered is not None or access_key_id == settings.S3_ACCESS_KEY_ID:
        return remembered
    found = _stored_pair(access_key_id)
    if found is not None:
        _remember(access_key_id, found)
    return found


def remembered_secret(access_key_id: str) -> Found | None:
    """As `find_secret` if the catalog need not be asked, else None; never blocks."""
    if access_key_id == settings.S3_ACCESS_KEY_ID:
        return _global_pair()
    until, found = _remembered.get(access_key_id, (0.0, None))
    return None if found is None or until <= time.monotonic() or _has_expired(found) else found


def forget_secret(access_key_id: str) -> None:
    """To be called when a credential was changed or revoked."""
    _remembered.pop(access_key_id, None)


def note_use(found: Found) -> None:
    """To be called once a signature proved right; written at most once a minute, for credentials of the catalog."""
    if found.caller.access_key_id == settings.S3_ACCESS_KEY_ID:
        return
    now = timezone.now()
    if found.last_used_at is not None and now - found.last_used_at <= LAST_USED_STEP:
        return
    try:
        S3Credential.objects.filter(pk=found.caller.access_key_id).update(last_used_at=now)
    except DatabaseError:  # the note is a courtesy: a busy catalog must not refuse a good credential
        return


def _global_pair() -> Found | None:
    if not settings.S3_SECRET_ACCESS_KEY:
        return None
    name = settings.S3_ACCESS_KEY_ID
    return Found(settings.S3_SECRET_ACCESS_KEY, S3Caller(ADMIN_OWNER, ADMIN_OWNER, access_key_id=name))


def _stored_pair(access_key_id: str) -> Found | None:
    credential = S3Credential.objects.filter(pk=access_key_id, is_enabled=True).first()
    if credential is None:
        return None
    try:
        secret = unsealed_secret(credential)
    except Undecipherable:  # the installation's secret key is another now: nobody can sign with this one any more
        return None
    found = Found(secret, _caller(credential), credential.expires_at, credential.last_used_at)
    return None if _has_expired(found) else found


def _caller(credential: S3Credential) -> S3Caller:
    caller = S3Caller(
        owner=credential.access_key_id,
        display_name=credential.description or credential.access_key_id,
        access_key_id=credential.access_key_id,
        is_read_only=credential.is_read_only,
        key_prefix=credential.key_prefix,
    )
    if credential.project_id is None:
        return caller
    project_id = credential.project_id
    return replace(caller, owner=project_owner(project_id), display_name=project_id, project_id=project_id)


def _has_expired(found: Found) -> bool:
    return found.expires_at is not None and found.expires_at <= timezone.now()


def _remember(access_key_id: str, found: Found) -> None:
    if len(_remembered) >= _MAX_REMEMBERED:
        _remembered.clear()
    _remembered[access_key_id] = (time.monotonic() + REMEMBERED_SECONDS, found)
