"""Links that open one file without an account: made on the file's page and shown there once."""

from __future__ import annotations

import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from files.models import File
from files.services.presign_file import presign_file
from kbstore.console.one_time_secret import keep_secret, take_secret
from kbstore.console.rights import actor_of
from kbstore.errors import InvalidRequest

_LIFETIMES = (
    (3600, "1 hour"),
    (86_400, "1 day"),
    (7 * 86_400, "7 days"),
)


def lifetimes() -> list[tuple[int, str]]:
    """Seconds and what to call them, as far as the installation allows them."""
    return [(seconds, name) for seconds, name in _LIFETIMES if seconds <= settings.PRESIGN_MAX_EXPIRY]


def keep_link(request: HttpRequest, file: File) -> None:
    """Make the link that the form asks for, for the next look at the file's page. Raises what the service raises."""
    text = request.POST.get("seconds", "")
    if not text.isdecimal() or len(text) > 9:
        raise InvalidRequest("Choose how long the link shall live.")
    url = presign_file(
        actor=actor_of(request, file.project_id),
        project_id=file.project_id,
        file_id=file.pk,
        lifetime=datetime.timedelta(seconds=int(text)),
    )
    keep_secret(request, subject=_subject(file), secret=_origin(request) + url.path())


def take_link(request: HttpRequest, file: File) -> str | None:
    return take_secret(request, subject=_subject(file))


def _subject(file: File) -> str:
    return f"link:{file.pk}"


def _origin(request: HttpRequest) -> str:
    """The server's address as the browser knows it, else the configured one."""
    sent = request.headers.get("Origin", "")
    parts = urlsplit(sent)
    is_own = parts.scheme in ("http", "https") and parts.netloc == request.get_host()
    return sent if is_own else settings.BASE_URL
