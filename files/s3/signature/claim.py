"""What a signed request says of itself, in whichever form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from files.object_errors import ObjectAccessDenied
from files.s3.call import Form

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
#: Keys are kept by region and service, so these must not be of any length.
_MAX_NAME_LENGTH = 128
_TIMESTAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)


class SignatureNotAccepted(ObjectAccessDenied):
    """AccessDenied for what the signature says or covers, not for what its owner may do."""


@dataclass(frozen=True)
class Scope:
    """Where and when a signing key is good: any region and service are accepted, but they are signed."""

    day: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.day}/{self.region}/{self.service}/{TERMINATOR}"


@dataclass(frozen=True)
class Claim:
    """Well formed, but nothing in it is proved yet."""

    form: Form
    access_key_id: str
    scope: Scope
    #: In lower case, in the order of the request.
    signed_headers: tuple[str, ...]
    signature: str
    #: `20250301T102030Z`, and the same as seconds since 1970.
    timestamp: str
    signed_at: float
    #: What stands for the body in the signature.
    payload: str
    #: How long a URL is good; None for a signature in the header.
    expires_seconds: int | None = None


def read_credential(text: str) -> tuple[str, Scope]:
    """Access key and scope of `{access key}/{day}/{region}/{service}/aws4_request`.

    Raises ValueError, which says what is wrong.
    """
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or not parts[0]:
        raise ValueError('the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".')
    access_key_id, day, region, service, terminator = parts
    if not is_day(day):
        raise ValueError(
            f'incorrect date format "{day}". This date in the credential must be in the format "yyyyMMdd".'
        )
    if not service or max(len(region), len(service)) > _MAX_NAME_LENGTH:
        raise ValueError("the region or the service of the Credential is malformed.")
    if terminator != TERMINATOR:
        raise ValueError(f'incorrect terminal "{terminator}". This endpoint uses "{TERMINATOR}".')
    return access_key_id, Scope(day, region, service)


def is_day(text: str) -> bool:
    return len(text) == 8 and moment_of(f"{text}T000000Z") is not None


def moment_of(timestamp: str) -> float | None:
    """Seconds since 1970 of `YYYYMMDDTHHMMSSZ`; None for any other text."""
    found = _TIMESTAMP.fullmatch(timestamp)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def read_signed_headers(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.lower().split(";") if name)
