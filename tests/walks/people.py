"""Who may log in to the console of a server of the tests."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx

from tests.cast import Server

OPERATOR = "admin"
#: Of everybody.
PASSWORD = "operator-password"


def logged_in(server: Server, name: str) -> dict[str, Any]:
    """The cookies of somebody who has logged in, as Playwright takes them."""
    with httpx.Client(base_url=server.url) as client:
        form = client.get("/admin/login/")
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        assert token is not None
        body = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token[1], "next": "/admin/"}
        reply = client.post("/admin/login/", data=body)
        assert reply.status_code == 302, "the login was refused"
        cookies = [{"name": cookie.name, "value": cookie.value, "url": server.url} for cookie in client.cookies.jar]
    return {"cookies": cookies, "origins": []}


def make_user(server: Server, group: str, project_id: str | None = None) -> str:
    """Somebody new who may log in with PASSWORD, in a group and maybe in a project; returns the name."""
    name = uuid.uuid4().hex
    # The hash of the operator's password serves: making one takes longer than the walk's first page.
    server.execute(
        "INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,"
        " date_joined) SELECT password, ?, ?, '', '', '', ?, ?, date_joined FROM auth_user WHERE username = ?",
        *(False, name, True, True, OPERATOR),
    )
    server.execute(
        "INSERT INTO auth_user_groups (user_id, group_id) SELECT auth_user.id, auth_group.id FROM auth_user, auth_group"
        " WHERE username = ? AND name = ?",
        *(name, group),
    )
    if project_id is not None:
        server.execute(
            "INSERT INTO storage_projectmember (user_id, project_id, created_at) SELECT id, ?, date_joined"
            " FROM auth_user WHERE username = ?",
            *(project_id, name),
        )
    return name
