"""Who has signed the policy of a form upload."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping

from files.object_errors import InvalidAccessKeyId, InvalidArgument, SignatureDoesNotMatch
from files.s3.contract_forms import MissingAuthentication
from files.s3.signature.claim import ALGORITHM, Scope, moment_of, read_credential
from files.s3.signature.keys import is_equal, sign, signing_key
from files.services.objects.caller import S3Caller
from files.services.s3_credentials.find_secret import find_secret, note_use
from kbstore.rest.failed_logins import note_failed_login


def caller_of_form(fields: Mapping[str, str], *, client_address: str) -> S3Caller:
    """Whoever signed the field `policy`, in version 4 or, as older forms do, in version 2.

    Raises MissingAuthentication, InvalidArgument, InvalidAccessKeyId, SignatureDoesNotMatch, TooManyFailedLogins.
    """
    policy = fields.get("policy")
    if policy is None:
        raise MissingAuthentication
    is_old = "x-amz-signature" not in fields and "x-amz-credential" not in fields
    received = _needed(fields, "signature" if is_old else "x-amz-signature")
    access_key_id, scope = (_needed(fields, "awsaccesskeyid"), None) if is_old else _scope(fields)
    found = find_secret(access_key_id)
    if found is None:
        note_failed_login(client_address)
        raise InvalidAccessKeyId(AWSAccessKeyId=access_key_id)
    expected = _old_signature(found.secret, policy) if scope is None else sign(signing_key(found.secret, scope), policy)
    if not is_equal(expected, received):
        note_failed_login(client_address)
        raise SignatureDoesNotMatch(AWSAccessKeyId=access_key_id)
    note_use(found)
    return found.caller


def _scope(fields: Mapping[str, str]) -> tuple[str, Scope]:
    if _needed(fields, "x-amz-algorithm") != ALGORITHM:
        raise InvalidArgument(f"X-Amz-Algorithm must be {ALGORITHM}.", ArgumentName="x-amz-algorithm")
    date = _needed(fields, "x-amz-date")
    try:
        access_key_id, scope = read_credential(_needed(fields, "x-amz-credential"))
    except ValueError as error:
        raise InvalidArgument(f"Error parsing the X-Amz-Credential field; {error}") from error
    if moment_of(date) is None or date[:8] != scope.day:
        raise InvalidArgument("X-Amz-Date does not fit to X-Amz-Credential.", ArgumentName="x-amz-date")
    return access_key_id, scope


def _old_signature(secret: str, policy: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), policy.encode(), "sha1")).decode()


def _needed(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name)
    if not value:
        raise InvalidArgument(f"Bucket POST must contain a field named '{name}'.", ArgumentName=name)
    return value
