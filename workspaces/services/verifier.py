"""What the catalog keeps of a workspace's password: a SCRAM verifier, encrypted for the workspace it belongs to."""

from __future__ import annotations

from django.conf import settings

from kbstore.encryption import decrypt, encrypt
from workspaces.models import Credential
from workspaces.pgwire.verifiers import make_verifier

_LABEL = "workspace verifier"


def sealed_verifier(workspace_id: str, password: str) -> bytes:
    """For `Credential.verifier`: moved to the row of another workspace it cannot be read."""
    verifier = make_verifier(password, iterations=settings.PGWIRE_SCRAM_ITERATIONS)
    return encrypt(_LABEL, verifier.text().encode(), owner=workspace_id)


def opened_verifier(credential: Credential) -> str:
    """The verifier in PostgreSQL's text form. Raises Undecipherable, e.g. after the secret key was changed."""
    return decrypt(_LABEL, bytes(credential.verifier), owner=credential.workspace_id).decode()
