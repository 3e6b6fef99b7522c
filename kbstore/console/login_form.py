"""The console's login form, which stops checking passwords after too many wrong ones."""

from __future__ import annotations

import math
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from kbstore import context
from kbstore.throttle import SlidingWindow, source_of

log = structlog.get_logger(__name__)

_WINDOW_SECONDS = 300.0
_MAX_NAME = 150
_of_account = SlidingWindow(limit=settings.FAILED_CONSOLE_LOGINS, seconds=_WINDOW_SECONDS)
_of_address = SlidingWindow(limit=10 * settings.FAILED_CONSOLE_LOGINS, seconds=_WINDOW_SECONDS)


class LoginForm(AuthenticationForm):
    """Counts wrong passwords for each account from each address, and for the address.

    Above a limit the right password is refused too: a guess that is checked is a guess that may hit. Others than the
    guesser, who come from elsewhere, are not locked out.
    """

    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not name or not password:
            return super().clean()  # nothing to check
        address = source_of(context.client_address.get())
        account = (address, name[:_MAX_NAME].casefold())
        wait = _of_account.wait_seconds(account) or _of_address.wait_seconds(address)
        # Counted before the check, so that guesses sent at once cannot all pass.
        wait = wait or _of_account.record(account)
        if wait is not None:
            log.warning("too many failed console logins", source=address)
            raise ValidationError(_message(wait), code="too_many_failed_logins")
        try:
            cleaned = super().clean()
        except ValidationError:
            _of_address.record(address)
            raise
        _of_account.forget(account)
        return cleaned


def _message(wait_seconds: int) -> str:
    return f"Too many failed logins. Try again in {math.ceil(wait_seconds / 60)} min."
