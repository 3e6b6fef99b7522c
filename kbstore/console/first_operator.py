"""The first operator: without one nobody could log in to the console."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from django.contrib.auth import get_user_model

from kbstore import env

USER_NAME = "admin"
PASSWORD_BYTES = 15


@dataclass(frozen=True)
class FirstOperator:
    """`is_generated`: the password was made up here and has to be shown, once."""

    name: str
    password: str = field(repr=False)
    is_generated: bool


def create_first_operator() -> FirstOperator | None:
    """A superuser for an installation without users, None if there are some. Call it under the start-up lock.

    The environment may give the password (`KBSTORE_OPERATOR_PASSWORD`, or a file by `..._FILE`).
    """
    users = get_user_model().objects
    if users.exists():
        return None
    given = env.secret("KBSTORE_OPERATOR_PASSWORD")
    password = given or secrets.token_urlsafe(PASSWORD_BYTES)
    users.create_superuser(USER_NAME, password=password)
    return FirstOperator(USER_NAME, password, is_generated=not given)
