"""`manage.py creates3key`: a new pair of access key and secret for the S3 endpoint, printed once."""

from __future__ import annotations

import datetime
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.utils import timezone

from files.services.s3_credentials.create_s3_credential import create_s3_credential
from kbstore.access import SYSTEM
from storage.management.operator_command import OperatorCommand

MAX_DAYS = 36_500


class Command(OperatorCommand):
    help = (
        "Makes an S3 credential and prints it, the only time that anybody sees its secret. Standard output holds two "
        "lines that a shell can read: AWS_ACCESS_KEY_ID=... and AWS_SECRET_ACCESS_KEY=.... The audit log names the "
        "system as its maker."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", metavar="ID", help="opens its buckets alone; default: every bucket")
        parser.add_argument("--read-only", action="store_true")
        parser.add_argument("--prefix", default="", help="opens keys that begin so, and nothing else")
        parser.add_argument("--days", type=_days, metavar="N", help="expires after so many; default: never")
        parser.add_argument("--description", default="made by creates3key")

    def run(self, *, project: str | None, read_only: bool, prefix: str, days: int | None, **options: Any) -> None:
        expires_at = None if days is None else timezone.now() + datetime.timedelta(days=days)
        credential, secret = create_s3_credential(
            actor=SYSTEM,
            project_id=project,
            description=options["description"],
            is_read_only=read_only,
            key_prefix=prefix,
            expires_at=expires_at,
        )
        end = f"until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else "until it is revoked"
        whose = f"of project {project}" if project else "for every bucket"
        self.stderr.write(f"S3 credential {whose}, {end}:")
        self.stdout.write(f"AWS_ACCESS_KEY_ID={credential.access_key_id}")
        self.stdout.write(f"AWS_SECRET_ACCESS_KEY={secret}")


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_DAYS:
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to {MAX_DAYS}")
    return int(text)
