"""Look at S3 credentials; their secrets cannot be seen by anybody."""

from __future__ import annotations

from files.errors import S3CredentialNotFound
from files.models import S3Credential
from files.services.projects import require_project
from kbstore.access import Actor, Need


def get_s3_credential(*, actor: Actor, project_id: str | None, access_key_id: str) -> S3Credential:
    """The credential of the project or, without one, of the installation; also a revoked one.

    Raises S3CredentialNotFound.
    """
    actor.require(Need.MANAGE, project_id=project_id)
    return find_s3_credential(project_id, access_key_id)


def find_s3_credential(project_id: str | None, access_key_id: str) -> S3Credential:
    credential = S3Credential.objects.filter(pk=access_key_id, project=project_id).first()
    if credential is None:
        raise S3CredentialNotFound(access_key_id)
    return credential


def list_s3_credentials(
    *, actor: Actor, project_id: str | None, limit: int | None, offset: int
) -> tuple[list[S3Credential], int]:
    """One page of those that are not revoked, newest first, and how many there are in all. Raises ProjectNotFound."""
    actor.require(Need.MANAGE, project_id=project_id)
    if project_id is not None:
        require_project(project_id)
    credentials = S3Credential.objects.filter(project=project_id, is_enabled=True)
    return list(credentials[offset : None if limit is None else offset + limit]), credentials.count()
