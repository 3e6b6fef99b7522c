from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from files.object_errors import MalformedXML
from files.s3.request import Profile, S3Request
from files.s3.xml.read import (
    MAX_DOCUMENT_BYTES,
    NamedObject,
    NamedPart,
    read_completion,
    read_deletion,
    read_location_constraint,
    whole_document,
)
from files.s3.xml.write import document, element, escaped, group

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
#: What XML 1.0 can carry at all.
CARRIED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
    lambda character: character >= " " or character in "\t\n\r"))  # fmt: skip


def request(profile: Profile = Profile.AWS) -> S3Request:
    return S3Request("GET", b"/b", b"", [], profile)


def test_the_namespace_is_on_the_root_alone_and_existing_clients_get_none() -> None:
    children = (element("Name", "b"), group("Contents", element("Key", "a")))
    written = document("ListBucketResult", *children, request=request())
    assert written == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        b"<Name>b</Name><Contents><Key>a</Key></Contents></ListBucketResult>"
    )
    assert b"<ListBucketResult>" in document("ListBucketResult", *children, request=request(Profile.CONTRACT))


def test_values_are_spelled_as_s3_spells_them() -> None:
    assert element("IsTruncated", True) + element("Size", 0) + element("Prefix", "") + element("Marker", None) == (
        "<IsTruncated>true</IsTruncated><Size>0</Size><Prefix></Prefix>"
    )


@given(CARRIED)
def test_any_text_that_xml_can_carry_comes_back_as_it_was(text: str) -> None:
    read = ElementTree.fromstring(document("R", element("Key", text), request=request()))
    assert (read.findtext(f"{{{NAMESPACE}}}Key") or "") == text


def test_what_xml_cannot_carry_goes_as_a_numeric_reference() -> None:
    assert escaped("a\x01\x1f\ufffe&<>\r") == "a&#1;&#31;&#65534;&amp;&lt;&gt;&#13;"


def test_a_page_of_a_thousand_objects_is_written_in_a_few_milliseconds() -> None:
    def page() -> bytes:
        row = ("<Key>", "<LastModified>", "<ETag>", "<Size>", "<StorageClass>")
        contents = [
            group("Contents", *(element(name[1:-1], f"directory/{number}.parquet") for name in row))
            for number in range(1000)
        ]
        return document("ListBucketResult", *contents, request=request())

    def seconds() -> float:
        started = perf_counter()
        page()
        return perf_counter() - started

    assert min(seconds() for _ in range(5)) < 0.05


@pytest.mark.parametrize("attributes", ["", f' xmlns="{NAMESPACE}"'])
def test_a_deletion_is_read_with_a_namespace_and_without(attributes: str) -> None:
    read = read_deletion(
        f"<Delete{attributes}><Quiet>true</Quiet><Object><Key> a&amp;b\n</Key><VersionId>null</VersionId></Object>"
        "<Object><Key>c</Key><ETag>&quot;x&quot;</ETag></Object></Delete>".encode()
    )
    assert read.is_quiet
    assert read.objects == (NamedObject(" a&b\n", "null"), NamedObject("c", etag='"x"'))


@pytest.mark.parametrize("attributes", ["", f' xmlns="{NAMESPACE}"'])
def test_a_completion_is_read_in_its_order_with_quotes_and_without(attributes: str) -> None:
    read = read_completion(
        f"<CompleteMultipartUpload{attributes}><Part><PartNumber>2</PartNumber><ETag>&quot;b&quot;</ETag>"
        "<ChecksumCRC32>y/Q5Jg==</ChecksumCRC32></Part><Part><ETag>a</ETag><PartNumber> 1 </PartNumber></Part>"
        "</CompleteMultipartUpload>".encode()
    )
    assert read == [NamedPart(2, "b", {"CRC32": "y/Q5Jg=="}), NamedPart(1, "a")]


def test_a_location_is_read_and_may_be_left_out() -> None:
    wanted = "<CreateBucketConfiguration><LocationConstraint>local</LocationConstraint></CreateBucketConfiguration>"
    assert read_location_constraint(wanted.encode()) == "local"
    assert read_location_constraint(b"<CreateBucketConfiguration/>") == ""
    assert read_location_constraint(b"") == ""


@pytest.mark.parametrize("bad", [
    b"", b"<Delete>", b"no", b"<Delete></Delete>", b"<Other><Object><Key>a</Key></Object></Other>",
    b"<Delete><Object></Object></Delete>", b"<Delete><Object><Key></Key></Object></Delete>",
    b"<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>",
    b"<Delete><Object><Key><Key>a</Key></Key></Object></Delete>",
    b"<Delete><Quiet>maybe</Quiet><Object><Key>a</Key></Object></Delete>",
    b"\xff\xfe", b'<?xml version="1.0" encoding="none-such"?><Delete/>',
    b"<Delete><Object><Key>\xff</Key></Object></Delete>", b"<Delete><Object><Key>&#0;</Key></Object></Delete>",
    b"<Delete><Object><Key>\0</Key></Object></Delete>",
])  # fmt: skip
def test_what_is_no_deletion_is_malformed(bad: bytes) -> None:
    with pytest.raises(MalformedXML):
        read_deletion(bad)


@pytest.mark.parametrize("part", [
    "", "<PartNumber>1</PartNumber>", "<ETag>a</ETag>", "<PartNumber>one</PartNumber><ETag>a</ETag>",
    "<PartNumber>-1</PartNumber><ETag>a</ETag>", "<PartNumber>1.5</PartNumber><ETag>a</ETag>",
    f"<PartNumber>{'9' * 5000}</PartNumber><ETag>a</ETag>", "<PartNumber>٣</PartNumber><ETag>a</ETag>",
])  # fmt: skip
def test_what_is_no_part_is_malformed(part: str) -> None:
    with pytest.raises(MalformedXML):
        read_completion(f"<CompleteMultipartUpload><Part>{part}</Part></CompleteMultipartUpload>".encode())
    with pytest.raises(MalformedXML):
        read_completion(b"<CompleteMultipartUpload></CompleteMultipartUpload>")


_KEY = "<Delete><Object><Key>{}</Key></Object></Delete>"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize("attack", [
    '<!DOCTYPE Delete><Delete><Object><Key>a</Key></Object></Delete>',
    '<!DOCTYPE Delete [<!ENTITY a "b">]>' + _KEY.format("&a;"),
    f'<!DOCTYPE Delete [<!ENTITY l0 "ha">{LAUGHS}]>' + _KEY.format("&l9;"),
    '<!DOCTYPE Delete [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + _KEY.format("&a;"),
    '<!DOCTYPE Delete SYSTEM "http://127.0.0.1:1/x.dtd"><Delete><Object><Key>a</Key></Object></Delete>',
    '<!DOCTYPE Delete [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x"> %a;]>' + _KEY.format("a"),
    "<a>" * 200_000,
    "<a>" * 100_000 + "</a>" * 100_000,
    "<Delete>" * 9_000 + "</Delete>" * 9_000,
    "<Delete>" + "<a>" * 9_000 + "</a>" * 9_000 + "</Delete>",
    _KEY.format("a" * MAX_DOCUMENT_BYTES),
])  # fmt: skip
def test_documents_that_attack_the_reader_are_malformed_at_once(attack: str) -> None:
    started = perf_counter()
    with pytest.raises(MalformedXML):
        read_deletion(attack.encode())
    with pytest.raises(MalformedXML):
        read_completion(attack.encode())
    assert perf_counter() - started < 5


def test_a_document_in_another_encoding_than_utf_8_is_read_as_it_says() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><Delete><Object><Key>ä</Key></Object></Delete>'
    assert read_deletion(text.encode("utf-16")).objects[0].key == "ä"


def test_a_body_beyond_the_limit_is_not_read_to_its_end() -> None:
    taken: list[int] = []

    async def blocks() -> AsyncIterator[bytes]:
        for number in range(100):
            taken.append(number)
            yield b" " * (1 << 20)

    with pytest.raises(MalformedXML):
        asyncio.run(whole_document(blocks()))
    assert len(taken) == 3


#: But for the last plane: a document that needs all planes has none to stand in for what it cannot hold.
ANY_KEY = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0", max_codepoint=0xFFFFF)
    | st.sampled_from("\x01\x1f\uffff&#;")
)


@example("\ufffe\uffff\x01\x1f")
@given(ANY_KEY.filter(bool))
def test_any_key_can_be_deleted_under_the_name_that_lists_give_it(key: str) -> None:
    read = read_deletion(f"<Delete><Object>{element('Key', key)}</Object></Delete>".encode())
    assert read.objects[0].key == key


def test_control_characters_are_read_raw_and_as_references_and_never_taken_for_others() -> None:
    for sent in ("\x01", "&#1;", "&#01;", "&#x1;", "&#x01;"):
        assert read_deletion(_KEY.format(f"a{sent}b").encode()).objects[0].key == "a\x01b"
    assert read_deletion(_KEY.format("&amp;#1;").encode()).objects[0].key == "&#1;"
    assert read_deletion(_KEY.format("<![CDATA[&#1;]]>").encode()).objects[0].key == "&#1;"
    assert read_deletion(_KEY.format("\U000f0001&#65;&#x42;").encode()).objects[0].key == "\U000f0001AB"
    assert read_deletion(_KEY.format("\U000f0001\x01").encode()).objects[0].key == "\U000f0001\x01"
    assert (
        read_deletion(_KEY.format("&#65534;&#xFFFF;&#127;&#x100;").encode()).objects[0].key == "\ufffe\uffff\x7f\u0100"
    )
    for refused in ("\U000f0001\U00100001\x01", "&#0;", "&#xD800;", "&#99999999;", "&#1", "&#-1;"):
        with pytest.raises(MalformedXML):
            read_deletion(_KEY.format(refused).encode())


def test_the_largest_documents_that_clients_send_are_read() -> None:
    objects = "<Object><Key>k</Key><VersionId>null</VersionId><ETag>e</ETag><Size>1</Size></Object>" * 1000
    assert len(read_deletion(f"<Delete>{objects}</Delete>".encode()).objects) == 1000
    part = "<Part><PartNumber>10000</PartNumber><ETag>&quot;{}&quot;</ETag><ChecksumSHA1>{}</ChecksumSHA1></Part>"
    parts = part.format("e" * 32, "c" * 28) * 10_000
    assert len(read_completion(f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode())) == 10_000
