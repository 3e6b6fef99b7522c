from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files.object_errors import InvalidArgument
from files.s3.continuation import name_in, token_after

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(NAMES)
def test_a_token_gives_back_its_name_and_needs_no_escaping_in_a_query(name: str) -> None:
    token = token_after(name)
    assert name_in(token) == name
    assert token.replace("-", "").replace("_", "").isalnum()
    assert token.isascii()


@given(NAMES, st.integers(0, 60), st.integers(1, 255))
def test_a_token_that_was_changed_is_refused(name: str, position: int, change: int) -> None:
    token = token_after(name)
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[position % len(raw)] ^= change
    with pytest.raises(InvalidArgument):
        name_in(base64.urlsafe_b64encode(raw).decode().rstrip("="))


@pytest.mark.parametrize("token", ["", "a", "abc=", "=", "é", "a b", "+/+/", "\ud800", "A" * 100_000])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidArgument):
        name_in(token)
