"""Logins of the console: they end some hours after they began, and earlier when nobody uses them.

The row's `expire_date` is what counts, for pages and websockets alike. The middleware moves it on while pages are
opened, without writing the rest of the row: two requests at once must not undo each other's changes.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

_STARTED = "_started_at"
#: So often the row is touched while somebody works: not with every page.
_TOUCH_EVERY = datetime.timedelta(minutes=1)
#: What open pages ask for again and again.
_ASKED_BY_PAGES = frozenset(
    ("dashboard_now", "storage_job_counts", "storage_job_states", "system_metrics_live", "system_run")
    + ("workspace_sessions",)
)


class SessionStore(db.SessionStore):
    """Django's, in the catalog, with both limits."""

    _row_expires: datetime.datetime | None = None

    def start(self) -> None:
        """Somebody has just logged in."""
        self[_STARTED] = timezone.now().isoformat()

    @property
    def ends_at(self) -> datetime.datetime | None:
        """When it ends however much it is used; None before a login."""
        started = self.get(_STARTED)
        if started is None:
            return None
        return datetime.datetime.fromisoformat(started) + datetime.timedelta(seconds=settings.SESSION_COOKIE_AGE)

    def touch(self) -> None:
        """Somebody is here: let it live on for as long as it may be idle."""
        expires = self._expires()
        if expires is None or self._row_expires is None or expires - self._row_expires < _TOUCH_EVERY:
            return
        self.model.objects.filter(session_key=self.session_key).update(expire_date=expires)

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.expire_date = self._expires() or row.expire_date
        return row

    def get_expiry_age(self, **kwargs: Any) -> int:
        """Of the cookie: to the end of the login, whose idling only the row knows."""
        if self.ends_at is None or kwargs:
            return int(super().get_expiry_age(**kwargs))
        return max(0, int((self.ends_at - timezone.now()).total_seconds()))

    def _expires(self) -> datetime.datetime | None:
        if self.ends_at is None:
            return None
        idle = datetime.timedelta(minutes=settings.SESSION_IDLE_MINUTES)
        return min(self.ends_at, timezone.now() + idle)

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        row = super()._get_session_from_db()
        self._row_expires = row.expire_date if row else None
        return row


def start_session(sender: Any, request: HttpRequest, **_: Any) -> None:
    """Receiver of Django's signal that somebody has logged in."""
    if isinstance(request.session, SessionStore):
        request.session.start()


class SessionLimitMiddleware:
    """Keeps the login of somebody who does something alive; what open pages ask for by themselves is no presence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(reverse("admin:index")):
            return response
        session = request.session
        if isinstance(session, SessionStore) and session.accessed and SESSION_KEY in session:
            if request.resolver_match is None or request.resolver_match.url_name not in _ASKED_BY_PAGES:
                session.touch()
        elif _is_part_of_page(request, response):
            # Else the form to log in would be drawn inside the page.
            return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Refresh": "true"})
        return response


def _is_part_of_page(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether htmx asked for it and is sent to the login."""
    to_login = response.status_code == HTTPStatus.FOUND and response["Location"].startswith(settings.LOGIN_URL)
    return to_login and "HX-Request" in request.headers
