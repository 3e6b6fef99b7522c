from __future__ import annotations

from typing import Any

import pytest

from files.object_errors import InvalidArgument, NotSupportedByServer
from files.s3.acl_headers import check_acl_headers
from files.s3.request import Profile, S3Request

OTHERS = [("x-amz-acl", "public-read"), ("x-amz-acl", "log-delivery-write"), ("x-amz-grant-full-control", "id=1")]


def check(*headers: tuple[str, str]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    check_acl_headers(S3Request("PUT", b"/b/k", b"", raw, Profile.AWS))


@pytest.mark.parametrize("is_strict", [False, True])
def test_access_lists_that_say_what_holds_anyway_are_fine(settings: Any, is_strict: bool) -> None:
    settings.S3_STRICT_ACL = is_strict
    check()
    check(("x-amz-acl", "private"))
    check(("x-amz-acl", "bucket-owner-full-control"))
    for unknown in ("public-ready", "", "Private", "private,public-read"):
        with pytest.raises(InvalidArgument):
            check(("x-amz-acl", unknown))


@pytest.mark.parametrize("header", OTHERS)
def test_others_are_ignored_unless_the_installation_is_strict(settings: Any, header: tuple[str, str]) -> None:
    settings.S3_STRICT_ACL = False
    check(header)
    settings.S3_STRICT_ACL = True
    with pytest.raises(NotSupportedByServer):
        check(header)
