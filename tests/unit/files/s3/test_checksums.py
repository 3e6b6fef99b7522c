"""The check values of the algorithms, and checksums of wholes from those of their parts."""

from __future__ import annotations

import base64
import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files.services.objects.checksums import ALGORITHMS, composite_checksum, encoded, full_checksum


def checksum(name: str, data: bytes) -> bytes:
    running = ALGORITHMS[name].start()
    running.update(data)
    return running.digest()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CRC32", "y/Q5Jg=="),
        ("CRC32C", "4waSgw=="),
        ("CRC64NVME", "rosUhgp5mIg="),
        ("SHA1", base64.b64encode(hashlib.sha1(b"123456789", usedforsecurity=False).digest()).decode()),
        ("SHA256", base64.b64encode(hashlib.sha256(b"123456789").digest()).decode()),
    ],
)
def test_check_values(name: str, value: str) -> None:
    assert encoded(checksum(name, b"123456789")) == value
    assert len(checksum(name, b"")) == ALGORITHMS[name].size_bytes


@pytest.mark.parametrize("name", list(ALGORITHMS))
@given(data=st.binary(max_size=500), cut=st.integers(0, 500))
def test_pieces_give_what_the_whole_gives(name: str, data: bytes, cut: int) -> None:
    running = ALGORITHMS[name].start()
    running.update(memoryview(data)[:cut])
    running.update(data[cut:])
    assert running.digest() == checksum(name, data)


@pytest.mark.parametrize("name", ["CRC32", "CRC32C", "CRC64NVME"])
@given(parts=st.lists(st.binary(max_size=200), max_size=6))
def test_the_checksum_of_a_whole_follows_from_those_of_its_parts(name: str, parts: list[bytes]) -> None:
    values = [(checksum(name, part), len(part)) for part in parts]
    assert full_checksum(name, values) == checksum(name, b"".join(parts))


def test_a_composite_checksum_is_that_of_the_values_and_tells_their_number() -> None:
    digests = [checksum("CRC32", b"one"), checksum("CRC32", b"two")]
    value = zlib.crc32(b"".join(digests)).to_bytes(4, "big")
    assert composite_checksum("CRC32", digests) == f"{base64.b64encode(value).decode()}-2"
