"""Who opens a websocket: a key in the header or in the subprotocol, or an operator's session."""

from __future__ import annotations

from collections.abc import MutableMapping
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from kbstore.access import Actor
from kbstore.console.rights import actor_of_user
from kbstore.errors import KbstoreError
from kbstore.rest.asgi import client_address, header
from kbstore.rest.authentication import bearer_secret
from kbstore.rest.failed_logins import TooManyFailedLogins, note_failed_login
from storage.models import Job
from storage.services.authenticate import authenticate

Scope = MutableMapping[str, Any]

#: Browsers cannot set headers on a websocket: they offer this subprotocol and the key as the next one.
BEARER_PROTOCOL = "kbstore.bearer"
#: What a staff user needs besides the right to log in.
VIEW_JOBS = "storage.view_job"

UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, TOO_MANY = 4401, 4403, 4404, 4429


class SocketRefused(Exception):  # noqa: N818 - an answer, not a fault
    """The socket is closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def offered_protocol(scope: Scope) -> str | None:
    """The subprotocol to answer with: never the key."""
    return BEARER_PROTOCOL if BEARER_PROTOCOL in scope.get("subprotocols", ()) else None


def actor_of(scope: Scope) -> Actor:
    """Blocks on the catalog. Raises SocketRefused."""
    secret = _secret(scope)
    if secret is None:
        return _operator(scope)
    actor = authenticate(secret)
    if actor is None:
        _note_failed_login(scope)
        raise SocketRefused(FORBIDDEN, "The key is unknown, revoked or expired.")
    return actor


def _note_failed_login(scope: Scope) -> None:
    try:
        note_failed_login(client_address(scope))
    except TooManyFailedLogins as error:
        raise SocketRefused(TOO_MANY, error.message) from error


def _secret(scope: Scope) -> str | None:
    sent = header(scope, b"authorization")
    if sent is not None:
        try:
            return bearer_secret(sent.decode("latin-1"))
        except KbstoreError as error:
            raise SocketRefused(UNAUTHENTICATED, "The Authorization header holds no bearer key.") from error
    protocols = list(scope.get("subprotocols", ()))
    if BEARER_PROTOCOL not in protocols:
        return None
    following = protocols[protocols.index(BEARER_PROTOCOL) + 1 :]
    if not following:
        raise SocketRefused(UNAUTHENTICATED, "The key has to follow as the next subprotocol.")
    return following[0]


def _operator(scope: Scope) -> Actor:
    user = scope.get("user")
    if user is None or not user.is_authenticated:
        raise SocketRefused(UNAUTHENTICATED, "Send an API key.")
    if not _is_same_origin(scope):
        # A cookie travels with requests of foreign pages too, and websockets know no same-origin rule.
        raise SocketRefused(FORBIDDEN, "The page is of another origin.")
    user = _user_now(scope)
    if not user.is_staff or not user.has_perm(VIEW_JOBS):
        raise SocketRefused(FORBIDDEN, "The user may not look at jobs.")
    return actor_of_user(user, _project_of(scope))


def _user_now(scope: Scope) -> Any:
    """The user as of now: a socket must not outlive the login, nor the rights, that it was opened with."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(scope["session"].session_key)
    return get_user(request)


def _project_of(scope: Scope) -> str | None:
    """Whose jobs the socket is to show."""
    named = scope["url_route"]["kwargs"]
    if "project_id" in named:
        return str(named["project_id"])
    return Job.objects.filter(pk=named["job_id"]).values_list("project_id", flat=True).first()


def _is_same_origin(scope: Scope) -> bool:
    origin = (header(scope, b"origin") or b"").decode("latin-1")
    if not origin:
        return False
    host = header(scope, b"host") or b""
    if settings.TRUST_PROXY_HEADERS:
        host = header(scope, b"x-forwarded-host") or host
    return urlsplit(origin).netloc == host.decode("latin-1") or origin in settings.CSRF_TRUSTED_ORIGINS
