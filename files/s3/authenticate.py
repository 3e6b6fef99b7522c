"""Which way a request proves who sends it, in the order of its profile."""

from __future__ import annotations

from files.object_errors import ObjectAccessDenied
from files.s3.call import Operation, Proof
from files.s3.request import S3Request
from files.services.objects.caller import S3Caller


def authenticate(request: S3Request, operation: Operation) -> tuple[S3Caller, Proof]:
    """Raises the ObjectErrors of the signature's checks, and ObjectAccessDenied for a request without any proof."""
    raise ObjectAccessDenied
