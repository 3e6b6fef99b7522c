"""From the Authorization header to an Actor."""

from __future__ import annotations

from typing import Any, Protocol

from kbstore.access import Actor
from kbstore.errors import NotAuthenticated
from kbstore.rest.failed_logins import note_failed_login
from storage.services.authenticate import authenticate, authenticate_as_admin


class HasHeaders(Protocol):
    @property
    def headers(self) -> Any: ...


def bearer_secret(header: str | None) -> str:
    """The key of an Authorization header: all after the first space. Raises NotAuthenticated."""
    scheme, _, secret = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise NotAuthenticated
    return secret.encode("latin-1", "replace").decode("utf-8", "replace")  # header values arrive as Latin-1


def authenticate_bearer(request: HasHeaders) -> Actor | None:
    """Who calls; None for a key that is unknown, revoked or expired. Raises NotAuthenticated when none was sent.

    Wrong keys count against the address: raises TooManyFailedLogins.
    """
    actor = authenticate(bearer_secret(request.headers.get("Authorization")))
    if actor is None:
        note_failed_login()
    return actor


def authenticate_admin(request: HasHeaders) -> Actor:
    """The installation's admin. Raises NotAuthenticated for everybody else, or TooManyFailedLogins."""
    secret = bearer_secret(request.headers.get("Authorization"))
    try:
        return authenticate_as_admin(secret)
    except NotAuthenticated:
        if authenticate(secret) is None:  # else a good key at the wrong door
            note_failed_login()
        raise
