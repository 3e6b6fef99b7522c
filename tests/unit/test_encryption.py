"""Secrets at rest: read back by the same label, owner and secret key, and by nothing else."""

from __future__ import annotations

import pytest
from django.test import override_settings

from kbstore.encryption import Undecipherable, decrypt, encrypt, fingerprint


@pytest.mark.parametrize("data", [b"", b"secret", bytes(range(256)) * 5000])
def test_what_was_encrypted_is_read_back(data: bytes) -> None:
    sealed = encrypt("test", data, owner="row")
    assert decrypt("test", sealed, owner="row") == data
    assert len(sealed) == len(data) + 29


def test_each_time_it_looks_different() -> None:
    assert encrypt("test", b"secret") != encrypt("test", b"secret")
    assert b"secret" not in encrypt("test", b"secret")


@pytest.mark.parametrize(("label", "owner"), [("other", "row"), ("test", "other row")])
def test_another_purpose_or_row_cannot_read_it(label: str, owner: str) -> None:
    with pytest.raises(Undecipherable):
        decrypt(label, encrypt("test", b"secret", owner="row"), owner=owner)


def test_another_secret_key_cannot_read_it() -> None:
    sealed, known = encrypt("test", b"secret"), fingerprint("test", b"secret")
    with override_settings(SECRET_KEY="another"):
        assert fingerprint("test", b"secret") != known
        with pytest.raises(Undecipherable):
            decrypt("test", sealed)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + b"x" * 12, b"\x02" + b"x" * 60, b"\x01" + b"x" * 60])
def test_other_data_are_refused(sealed: bytes) -> None:
    with pytest.raises(Undecipherable):
        decrypt("test", sealed)


def test_any_changed_byte_is_noticed() -> None:
    sealed = encrypt("test", b"secret")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(Undecipherable):
            decrypt("test", bytes(changed))


def test_fingerprints_tell_purposes_apart() -> None:
    assert fingerprint("one", b"x") == fingerprint("one", b"x")
    assert fingerprint("one", b"x") != fingerprint("two", b"x")
    assert len(fingerprint("one", b"x")) == 64
