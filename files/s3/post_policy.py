"""The policy of a form upload: what its author has signed, and whether a form keeps to it.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from files.object_errors import EntityTooLarge, EntityTooSmall, ObjectAccessDenied, ObjectError
from kbstore.errors import Kind

#: Fields that no condition has to name: the proof itself, and what can only have an upload refused.
_FREE = frozenset({"file", "policy", "signature", "awsaccesskeyid", "x-amz-signature", "content-md5"})
_FREE_STARTS = ("x-ignore-", "x-amz-checksum-", "x-amz-sdk-checksum-algorithm")
_RANGE = "content-length-range"


class InvalidPolicyDocument(ObjectError):
    kind = Kind.INVALID
    s3_code = "InvalidPolicyDocument"
    default_message = "The content of the form does not meet the conditions specified in the policy document."


class PolicyNotKept(ObjectAccessDenied):
    """The form does something else than its policy says."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid according to Policy: {reason}")


@dataclass(frozen=True)
class _Condition:
    #: In lower case.
    name: str
    value: str
    is_start: bool

    def holds(self, sent: str | None) -> bool:
        if sent is None:
            return False
        return sent.startswith(self.value) if self.is_start else sent == self.value


@dataclass(frozen=True)
class Policy:
    """Names of fields are in lower case; sizes are in bytes."""

    expires: float
    conditions: Sequence[_Condition]
    min_bytes: int = 0
    max_bytes: int | None = None

    def check(self, fields: Mapping[str, str]) -> None:
        """Raise PolicyNotKept unless it is still good and the form keeps to it; `fields` include the bucket."""
        if time.time() > self.expires:
            raise PolicyNotKept("Policy expired.")
        for condition in self.conditions:
            if not condition.holds(fields.get(condition.name)):
                operator = "starts-with" if condition.is_start else "eq"
                raise PolicyNotKept(f'Policy Condition failed: ["{operator}", "${condition.name}", ...]')
        named = {condition.name for condition in self.conditions}
        extra = [name for name in fields if name not in named | _FREE and not name.startswith(_FREE_STARTS)]
        if extra:
            raise PolicyNotKept(f"Extra input fields: {', '.join(sorted(extra))}")

    def check_size(self, size_bytes: int, *, is_whole: bool) -> None:
        """Raise EntityTooLarge or, for the whole content, EntityTooSmall."""
        if self.max_bytes is not None and size_bytes > self.max_bytes:
            raise EntityTooLarge(MaxSizeAllowed=str(self.max_bytes))
        if is_whole and size_bytes < self.min_bytes:
            raise EntityTooSmall(ProposedSize=str(size_bytes), MinSizeAllowed=str(self.min_bytes))


def read_policy(text: str) -> Policy:
    """The policy of a form's field, in base64. Raises InvalidPolicyDocument."""
    try:
        content = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise InvalidPolicyDocument("Invalid Policy: Invalid JSON.") from error
    if not isinstance(content, dict) or not isinstance(content.get("conditions"), list):
        raise InvalidPolicyDocument("Invalid Policy: Policy is missing its conditions.")
    conditions: list[_Condition] = []
    sizes = (0, None)
    for item in content["conditions"]:
        if isinstance(item, list) and item and str(item[0]).lower() == _RANGE:
            sizes = _sizes(item)
        else:
            conditions += _conditions(item)
    return Policy(_expiration(content.get("expiration")), conditions, *sizes)


def _expiration(text: Any) -> float:
    try:
        moment = datetime.fromisoformat(text)
        if "T" not in text or moment.tzinfo is None:
            raise ValueError(text)
        return moment.timestamp()
    except (TypeError, ValueError) as error:
        raise InvalidPolicyDocument("Invalid Policy: Invalid 'expiration' value.") from error


def _conditions(item: Any) -> list[_Condition]:
    if isinstance(item, dict) and item and all(isinstance(value, str) for value in item.values()):
        return [_Condition(name.lower(), value, is_start=False) for name, value in item.items()]
    if isinstance(item, list) and len(item) == 3 and all(isinstance(part, str) for part in item):
        operator, name, value = item
        if operator.lower() in ("eq", "starts-with") and name.startswith("$"):
            return [_Condition(name[1:].lower(), value, is_start=operator.lower() == "starts-with")]
    raise InvalidPolicyDocument("Invalid Policy: Invalid condition.")


def _sizes(item: list[Any]) -> tuple[int, int]:
    numbers = [int(part) for part in item[1:] if isinstance(part, int) or (isinstance(part, str) and part.isdecimal())]
    if len(item) != 3 or len(numbers) != 2 or min(numbers) < 0:
        raise InvalidPolicyDocument("Invalid Policy: Invalid content-length-range.")
    return numbers[0], numbers[1]
