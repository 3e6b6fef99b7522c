"""Who may look at the installation itself, and who may do something with it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from kbstore.console.rights import SEE_EVERY_PROJECT, runs_installation

#: Who sees every project may see what holds them all.
SEE_SYSTEM = SEE_EVERY_PROJECT


def may_change(request: HttpRequest) -> bool:
    return runs_installation(request.user)  # type: ignore[arg-type]


def require_change(request: HttpRequest) -> None:
    """Raises PermissionDenied."""
    if not may_change(request):
        raise PermissionDenied
