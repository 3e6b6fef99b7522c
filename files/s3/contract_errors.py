"""Errors as existing clients of `/s3` read them: JSON for authentication and missing buckets."""

from __future__ import annotations

from files.s3.answers import Answer
from files.s3.call import Operation
from files.s3.request import S3Request
from kbstore.errors import KbstoreError


def contract_answer(error: KbstoreError, request: S3Request, operation: Operation | None) -> Answer | None:
    """The JSON answer of the contract, None where it has XML."""
    return None
