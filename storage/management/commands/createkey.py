"""`manage.py createkey`: a new API key of a project, printed once."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from kbstore.access import SYSTEM
from storage.management.operator_command import OperatorCommand
from storage.models import KeyScope
from storage.services.create_api_key import create_api_key

MAX_DAYS = 36_500


class Command(OperatorCommand):
    help = (
        "Makes an API key of a project and prints it, the only time that anybody sees it. Standard output holds the "
        "key alone: KEY=$(manage.py createkey demo). The audit log names the system as its maker."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="id of the project")
        parser.add_argument("--scope", choices=KeyScope.values, default=KeyScope.PROJECT_ADMIN.value)
        parser.add_argument("--branch", metavar="ID", help="the dev branch of a key with a branch scope")
        parser.add_argument("--description", default="made by createkey")
        parser.add_argument("--expires-in-days", type=_days, metavar="N", help="default: never")

    def run(self, *, project: str, scope: str, branch: str | None, **options: Any) -> None:
        key, secret = create_api_key(
            actor=SYSTEM,
            project_id=project,
            description=options["description"],
            scope=scope,
            branch_id=branch,
            expires_in_days=options["expires_in_days"],
        )
        end = f"until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "until it is revoked"
        self.stderr.write(f"Key {key.pk} of project {project}, scope {scope}, {end}:")
        self.stdout.write(secret)


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_DAYS:
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to {MAX_DAYS}")
    return int(text)
