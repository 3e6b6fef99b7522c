"""Revoke an S3 credential for good."""

from __future__ import annotations

from django.db import transaction

from files.services.s3_credentials.find_secret import forget_secret
from files.services.s3_credentials.get_s3_credential import find_s3_credential
from kbstore.access import Actor, Need
from kbstore.operations import operation, record_success


@operation("revoke_s3_credential", resource_type="s3_credential", need=Need.MANAGE)
def revoke_s3_credential(*, actor: Actor, project_id: str | None, access_key_id: str) -> None:
    """From now on it opens nothing, in other processes a moment later; its secret is erased.

    Revoking it again is no error. Raises S3CredentialNotFound.
    """
    with transaction.atomic():
        credential = find_s3_credential(project_id, access_key_id)
        if not credential.is_enabled:
            return
        credential.is_enabled = False
        credential.secret = b""
        credential.save(update_fields=["is_enabled", "secret"])
        record_success(access_key_id, description=credential.description)
    forget_secret(access_key_id)
