"""Which bytes a reader gets, for every form of Range."""

from __future__ import annotations

import pytest

from files.models import StoredObject
from files.object_errors import InvalidObjectRange, InvalidPart
from files.s3.byte_ranges import byte_span
from files.services.objects.object_range import ByteSpan, select_part, select_span, whole


def stored(size_bytes: int, parts: list[list[object]] | None = None) -> StoredObject:
    return StoredObject(key="k", etag="e", size_bytes=size_bytes, checksum="whole", parts=parts)


@pytest.mark.parametrize(
    ("header", "start", "length"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=2-4", 2, 3),
        ("bytes=2-", 2, 8),
        ("bytes=-3", 7, 3),
        ("bytes=-100", 0, 10),
        ("bytes=9-9999999999999999999", 9, 1),
        ("BYTES = 1 - 2", 1, 2),
    ],
)
def test_a_range_selects_these_bytes_of_ten(header, start, length):
    span = byte_span(header)
    assert span is not None
    selected = select_span(stored(10), span)
    assert (selected.start, selected.length, selected.is_partial) == (start, length, True)


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999-"])
def test_a_range_without_any_byte_of_the_object_is_refused_with_its_size(header):
    span = byte_span(header)
    assert span is not None
    with pytest.raises(InvalidObjectRange) as refused:
        select_span(stored(10), span)
    assert refused.value.elements == {"ActualObjectSize": "10"}


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=-1"])
def test_an_empty_object_holds_no_range(header):
    with pytest.raises(InvalidObjectRange):
        select_span(stored(0), byte_span(header) or ByteSpan(0, 0))


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=1-2,4-5", "items=0-1", "bytes=+1-2", "bytes 1-2",
     "bytes=0x1-2", "bytes=٣-٤"],
)  # fmt: skip
def test_a_malformed_range_is_ignored(header):
    assert byte_span(header) is None


def test_parts_follow_each_other_under_their_own_numbers():
    found = stored(10, [[1, 4, "c1"], [3, 4, "c3"], [7, 2, ""]])
    assert [(s.start, s.length, s.checksum, s.parts_count) for s in (select_part(found, n) for n in (1, 3, 7))] == [
        (0, 4, "c1", 3),
        (4, 4, "c3", 3),
        (8, 2, "", 3),
    ]
    with pytest.raises(InvalidPart):
        select_part(found, 2)


def test_an_object_in_one_piece_has_part_1_only():
    selected = select_part(stored(10), 1)
    assert (selected.length, selected.checksum, selected.parts_count) == (10, "whole", None)
    with pytest.raises(InvalidPart):
        select_part(stored(10), 2)


def test_a_slice_has_no_checksum_of_the_whole():
    assert whole(stored(10)).checksum == "whole"
    assert select_span(stored(10), ByteSpan(0, 4)).checksum == ""
