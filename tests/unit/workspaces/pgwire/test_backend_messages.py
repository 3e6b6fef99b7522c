"""What the server sends, compared with the bytes of PostgreSQL's documentation and read back by a small decoder."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.pgwire.messages import backend
from workspaces.pgwire.messages.backend import FieldDescription, TransactionStatus
from workspaces.pgwire.messages.faults import Severity, error_response, notice_response
from workspaces.pgwire.messages.frames import PayloadReader

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
INT16, INT32, UINT32 = st.integers(-(2**15), 2**15 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**32 - 1)


def opened(message: bytes, message_type: bytes) -> PayloadReader:
    assert message[:1] == message_type
    assert struct.unpack("!I", message[1:5])[0] == len(message) - 1
    return PayloadReader(message[5:])


def fault_fields(message: bytes, message_type: bytes = b"E") -> dict[str, str]:
    reader, fields = opened(message, message_type), {}
    while code := reader.byte():
        fields[chr(code)] = reader.text()
    reader.end()
    return fields


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (backend.authentication_ok(), b"R\0\0\0\x08\0\0\0\0"),
        (backend.authentication_cleartext_password(), b"R\0\0\0\x08\0\0\0\x03"),
        (backend.authentication_sasl(["SCRAM-SHA-256"]), b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"),
        (backend.authentication_sasl_continue(b"r=x"), b"R\0\0\0\x0b\0\0\0\x0br=x"),
        (backend.authentication_sasl_final(b"v=x"), b"R\0\0\0\x0b\0\0\0\x0cv=x"),
        (
            backend.negotiate_protocol_version(newest_minor=0, unrecognised=["_pq_.a"]),
            b"v\0\0\0\x13\0\3\0\0\0\0\0\1_pq_.a\0",
        ),
        (backend.parameter_status("a", "b"), b"S\0\0\0\x08a\0b\0"),
        (backend.backend_key_data(7, b"key!"), b"K\0\0\0\x0c\0\0\0\7key!"),
        (backend.ready_for_query(TransactionStatus.FAILED), b"Z\0\0\0\5E"),
        (backend.command_complete("SELECT 1"), b"C\0\0\0\x0dSELECT 1\0"),
        (backend.parameter_description([23, 0]), b"t\0\0\0\x0e\0\2\0\0\0\x17\0\0\0\0"),
        (backend.copy_in_response(overall_format=1, column_formats=[1, 0]), b"G\0\0\0\x0b\1\0\2\0\1\0\0"),
        (backend.copy_out_response(overall_format=0, column_formats=[]), b"H\0\0\0\7\0\0\0"),
        (backend.copy_both_response(overall_format=0, column_formats=[]), b"W\0\0\0\7\0\0\0"),
        (backend.copy_data(b"1\t2\n"), b"d\0\0\0\x081\t2\n"),
        (backend.function_call_response(None), b"V\0\0\0\x08\xff\xff\xff\xff"),
        (
            backend.notification_response(process_id=1, channel="c", payload="p"),
            b"A\0\0\0\x0c\0\0\0\1c\0p\0",
        ),
        (backend.PARSE_COMPLETE, b"1\0\0\0\4"),
        (backend.BIND_COMPLETE, b"2\0\0\0\4"),
        (backend.CLOSE_COMPLETE, b"3\0\0\0\4"),
        (backend.NO_DATA, b"n\0\0\0\4"),
        (backend.EMPTY_QUERY_RESPONSE, b"I\0\0\0\4"),
        (backend.PORTAL_SUSPENDED, b"s\0\0\0\4"),
        (backend.COPY_DONE, b"c\0\0\0\4"),
    ],
)
def test_bytes_are_those_of_the_protocol(message: bytes, expected: bytes) -> None:
    assert message == expected


@given(st.lists(st.none() | st.binary(max_size=40), max_size=10))
def test_rows_read_back(values: list[bytes | None]) -> None:
    reader = opened(backend.data_row(values), b"D")
    read = []
    for _ in range(reader.uint16()):
        length = reader.int32()
        read.append(None if length == -1 else reader.raw(length))
    reader.end()
    assert read == values


FIELDS = st.builds(
    FieldDescription,
    name=TEXTS,
    type_oid=UINT32,
    type_size=INT16,
    type_modifier=INT32,
    format=st.sampled_from([0, 1]),
    table_oid=UINT32,
    column_number=INT16,
)


@given(st.lists(FIELDS, max_size=6))
def test_row_descriptions_read_back(fields: list[FieldDescription]) -> None:
    reader = opened(backend.row_description(fields), b"T")
    read = []
    for _ in range(reader.uint16()):
        name, table_oid, number = reader.text(), reader.uint32(), reader.int16()
        type_oid, size, modifier, code = reader.uint32(), reader.int16(), reader.int32(), reader.int16()
        read.append(FieldDescription(name, type_oid, size, modifier, code, table_oid, number))
    reader.end()
    assert read == fields


@given(TEXTS, st.text(max_size=30))
def test_errors_carry_what_is_known_and_nothing_else(message: str, hint: str) -> None:
    fields = fault_fields(error_response("42P01", message, hint=hint, position=7, detail=None))
    assert fields["H"] == hint.replace("\0", "").encode("utf-8", "replace").decode()
    del fields["H"]
    assert fields == {"S": "ERROR", "V": "ERROR", "C": "42P01", "M": message, "P": "7"}


def test_all_fields_of_an_error_have_their_letter() -> None:
    message = error_response(
        "23505",
        "m",
        severity=Severity.FATAL,
        detail="d",
        hint="h",
        position=1,
        schema="s",
        table="t",
        column="c",
        constraint="n",
    )
    expected = {"S": "FATAL", "V": "FATAL", "C": "23505", "M": "m", "D": "d", "H": "h", "P": "1"}
    assert fault_fields(message) == expected | {"s": "s", "t": "t", "c": "c", "n": "n"}


def test_notices_differ_in_type_and_severity() -> None:
    fields = fault_fields(notice_response("01000", "m", severity=Severity.WARNING), b"N")
    assert fields == {"S": "WARNING", "V": "WARNING", "C": "01000", "M": "m"}


def test_an_unknown_field_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="positon"):
        error_response("XX000", "m", positon=1)  # type: ignore[call-arg]


def test_a_zero_byte_in_a_text_does_not_end_its_field() -> None:
    assert fault_fields(error_response("XX000", "a\0Mb"))["M"] == "aMb"
