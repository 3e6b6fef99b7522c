"""What the catalog keeps of a workspace's password: a SCRAM verifier, encrypted for the workspace it belongs to."""

from __future__ import annotations

from functools import cache

import structlog
from django.conf import settings

from kbstore.encryption import Undecipherable, decrypt, encrypt, fingerprint
from workspaces.models import Credential, WorkspaceLogin
from workspaces.pgwire.verifiers import Verifier, make_verifier, mock_verifier

log = structlog.get_logger(__name__)

_LABEL = "workspace verifier"


def sealed_verifier(workspace_id: str, password: str) -> bytes:
    """For `Credential.verifier`: moved to the row of another workspace it cannot be read."""
    verifier = make_verifier(password, iterations=settings.PGWIRE_SCRAM_ITERATIONS)
    return encrypt(_LABEL, verifier.text().encode(), owner=workspace_id)


def opened_verifier(credential: WorkspaceLogin) -> str:
    """The verifier in PostgreSQL's text form. Raises Undecipherable, e.g. after the secret key was changed."""
    return decrypt(_LABEL, bytes(credential.verifier), owner=credential.workspace_id).decode()


def verifier_for(username: str, credential: WorkspaceLogin | None) -> Verifier:
    """What to check a password of this user against; without a credential it looks real and no password fits it.

    A verifier that cannot be read counts as none: the password has to be reset.
    """
    mock = mock_verifier(username, secret=mock_secret(), iterations=settings.PGWIRE_SCRAM_ITERATIONS)
    try:
        # Opened for an unknown user, too: the time it takes would tell who exists.
        verifier = Verifier.parse(opened_verifier(credential or _decoy()))
    except Undecipherable:
        if credential is not None:
            log.error("a workspace's verifier cannot be read: reset its password", workspace=credential.workspace_id)
        return mock
    return mock if credential is None else verifier


@cache
def _decoy() -> Credential:
    return Credential(workspace_id="", verifier=sealed_verifier("", ""))


def mock_secret() -> bytes:
    """Makes up the salts of users who do not exist: the same as long as the installation keeps its secret key."""
    return fingerprint("workspace mock verifier", b"").encode()
