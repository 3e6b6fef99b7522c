"""Carries a new secret from the form that made it to the one page that shows it.

It travels encrypted in the operator's session, never in a URL or a message, and the first reading removes it. Whoever
only has the catalog's rows cannot read it, and after a few minutes nobody is shown it any more.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

_SESSION_KEY = "one_time_secret"
_LIFETIME_SECONDS = 300
_SALT = "kbstore.console.one_time_secret"


def keep_secret(request: HttpRequest, *, subject: str, secret: str) -> None:
    """Keep `secret` for the page of `subject`; one at a time, the last one counts."""
    sealed = _cipher().encrypt(secret.encode()).decode()
    request.session[_SESSION_KEY] = {"subject": subject, "sealed": sealed}


def take_secret(request: HttpRequest, *, subject: str) -> str | None:
    """The secret kept for this page, once."""
    kept = request.session.get(_SESSION_KEY)
    if kept is None or kept["subject"] != subject:
        return None
    del request.session[_SESSION_KEY]
    try:
        return _cipher().decrypt(kept["sealed"].encode(), ttl=_LIFETIME_SECONDS).decode()
    except InvalidToken:  # too old, or sealed with another secret key
        return None


def _cipher() -> Fernet:
    key = salted_hmac(_SALT, "session", algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
