"""Events about accounts: who may log in, to which groups they belong, who logged in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest

from kbstore.access import Actor, Need, Role
from kbstore.console.rights import actor_of_user
from kbstore.operations import operation, record_success


def account_actor(user: AbstractUser) -> Actor:
    """Accounts belong to no project: Django's permissions for them, which the page has checked, are all that counts."""
    return Actor(Role.ADMIN, actor_of_user(user).label)


def _record(*, actor: Actor, resource_id: str, **details: Any) -> None:
    record_success(resource_id, **details)


_CHANGES = {
    (verb, kind): operation(f"{verb}_{kind}", resource_type=kind, need=Need.ADMIN)(_record)
    for verb in ("create", "change", "delete")
    for kind in ("user", "group")
}
_log_in = operation("log_in", resource_type="user", need=Need.ADMIN)(_record)


def record_account_change(
    request: HttpRequest, *, verb: str, resource_type: str, resource_id: str, **details: Any
) -> None:
    """Record what was done to a user or a group, in the transaction that did it; never any value of a field."""
    actor = account_actor(request.user)  # type: ignore[arg-type]
    _CHANGES[verb, resource_type](actor=actor, resource_id=resource_id, **details)


def record_login(sender: Any, request: HttpRequest, user: AbstractUser, **_: Any) -> None:
    """Receiver of Django's signal. Wrong passwords are in the server's log only: strangers must not fill this one."""
    _log_in(actor=account_actor(user), resource_id=user.get_username())
