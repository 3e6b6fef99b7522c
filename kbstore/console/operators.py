"""The operator behind a request of the console, as the services and the audit log know them."""

from __future__ import annotations

from django.http import HttpRequest

from kbstore.access import Actor, Role

#: As long as the audit log's column.
_MAX_LABEL = 64


def operator_of(request: HttpRequest) -> Actor:
    """What Django's permissions allow has been checked by the page; from here on an operator acts as the admin."""
    return Actor(Role.ADMIN, f"operator:{request.user.get_username()}"[:_MAX_LABEL])
