"""One authenticated request on its way to its handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from files.s3.answers import Answer
from files.s3.request import S3Request
from files.services.objects.caller import S3Caller


class Level(Enum):
    SERVICE = "service"
    BUCKET = "bucket"
    OBJECT = "object"


class Form(Enum):
    """How a request said who sends it."""

    HEADER = "header"
    QUERY = "query"
    KEY = "key"
    OWN_URL = "own URL"
    POLICY = "policy"


@dataclass(frozen=True)
class Proof:
    """What a signature leaves to be checked: the body, by its hash or by the signatures of its chunks."""

    form: Form
    #: The value of x-amz-content-sha256, or UNSIGNED-PAYLOAD.
    payload: str = "UNSIGNED-PAYLOAD"
    signing_key: bytes = b""
    scope: str = ""
    timestamp: str = ""
    signature: str = ""


@dataclass(frozen=True)
class Operation:
    """What a method and a query stand for, under its name at AWS."""

    name: str
    level: Level
    handler: Callable[[Call], Awaitable[Answer]]
    #: Whether the body is the bytes of an object, which the handler takes from `Call.body` itself.
    takes_object: bool = False


@dataclass(frozen=True)
class Call:
    request: S3Request
    operation: Operation
    caller: S3Caller
    proof: Proof
    #: See files.s3.body: the request's body, verified as the proof asks.
    body: Any

    @property
    def bucket_name(self) -> str:
        assert self.request.bucket is not None  # noqa: S101 - by its level
        return self.request.bucket

    @property
    def key(self) -> str:
        assert self.request.key is not None  # noqa: S101 - by its level
        return self.request.key
