"""The page of one's own account: who one is here, where one may work, when the login ends."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from kbstore.console import markup
from kbstore.console.rights import actor_of, may_change_something, sees_every_project
from kbstore.console.sessions import SessionStore
from kbstore.console.site import console_page, framed
from storage.models import Event, Project


@console_page("account/", name="account", permission=None)
def account(request: HttpRequest) -> TemplateResponse:
    user: User = request.user  # type: ignore[assignment]
    session = request.session
    ends_at = session.ends_at if isinstance(session, SessionStore) else None
    facts = [
        ("User name", user.get_username()),
        ("Name", user.get_full_name() or markup.EMPTY),
        ("E-mail", user.email or markup.EMPTY),
        ("Groups", ", ".join(group.name for group in user.groups.all()) or markup.EMPTY),
        ("Logged in", markup.time(user.last_login)),
        ("This login ends", markup.time(ends_at)),
    ]
    return framed(
        request,
        "console/account.html",
        title="My account",
        facts=facts,
        rights=rights_in_words(user),
        projects=_projects(user),
        is_limited=not sees_every_project(user),
        events_url=markup.list_url(Event, actor=actor_of(request).label) if user.has_perm("storage.view_event") else "",
        password_url=reverse("admin:password_change"),
    )


def rights_in_words(user: User) -> str:
    """What its owner may do with an account, in one sentence."""
    changes, sees_all = may_change_something(user), sees_every_project(user)
    if user.is_superuser:
        return "You may do everything, in every project."
    if not user.get_all_permissions():
        return "You may not look at anything yet: an operator has to add your account to a group."
    verbs = "look at things and change them" if changes else "look at things and change nothing"
    where = "in every project" if sees_all else "in the projects that you are a member of"
    return f"You may {verbs} {where}, as far as your groups say."


def _projects(user: User) -> list[dict[str, Any]]:
    """Those that one is a member of; who sees every project needs no list."""
    if sees_every_project(user):
        return []
    may_open = user.has_perm("storage.view_project")
    return [
        {"link": markup.page_link(project) if may_open else str(project)}
        for project in Project.objects.filter(members__user=user).order_by("id")
    ]
