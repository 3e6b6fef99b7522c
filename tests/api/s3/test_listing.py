"""Lists of objects as boto3 and signed requests see them, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.cast import Person
from tests.s3_cast import SignedHttp, code_of

NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
Fill = Callable[..., str]


@pytest.fixture
def fill(s3_root: BaseClient, bucket: str) -> Fill:
    """Put an object under each key and return the bucket's name."""

    def call(*keys: str) -> str:
        for key in keys:
            s3_root.put_object(Bucket=bucket, Key=key, Body=key.encode())
        return bucket

    return call


def keys(reply: dict[str, Any]) -> list[str]:
    return [entry["Key"] for entry in reply.get("Contents", [])]


def prefixes(reply: dict[str, Any]) -> list[str]:
    return [entry["Prefix"] for entry in reply.get("CommonPrefixes", [])]


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


@pytest.fixture(params=["list_objects", "list_objects_v2"])
def listed(request: pytest.FixtureRequest, s3_root: BaseClient) -> Callable[..., dict[str, Any]]:
    """Either version."""
    return getattr(s3_root, request.param)  # type: ignore[no-any-return]


# Both versions.


def test_an_empty_bucket_lists_nothing(listed: Callable[..., dict[str, Any]], bucket: str) -> None:
    reply = listed(Bucket=bucket)
    assert "Contents" not in reply
    assert reply["IsTruncated"] is False
    assert (reply["Name"], reply["Prefix"], reply["MaxKeys"]) == (bucket, "", 1000)


def test_a_missing_bucket_has_no_list(listed: Callable[..., dict[str, Any]]) -> None:
    assert refused(listed, Bucket="no-such-bucket-1") == (404, "NoSuchBucket")


def test_keys_come_in_the_order_of_their_bytes(listed: Callable[..., dict[str, Any]], fill: Fill) -> None:
    names = ["B", "a", "a b", "a/", "a/b", "a0", "é", "\U00010000", "\uffee"]
    reply = listed(Bucket=fill(*names))
    assert keys(reply) == sorted(names, key=str.encode)


def test_special_keys_come_back_as_they_are(listed: Callable[..., dict[str, Any]], fill: Fill) -> None:
    names = [
        " ",
        '"',
        "$",
        "%",
        "&",
        "'",
        "<",
        ">",
        "_",
        "_ ",
        "_ _",
        "__",
        ".",
        "..",
        "a//b",
        "+",
        "\x01",
        "a\rb",
        "%41",
    ]
    bucket = fill(*names)
    assert keys(listed(Bucket=bucket)) == sorted(names, key=str.encode)
    assert keys(listed(Bucket=bucket, Prefix="_")) == ["_", "_ ", "_ _", "__"]


def test_a_delimiter_rolls_up_what_lies_below(listed: Callable[..., dict[str, Any]], fill: Fill) -> None:
    reply = listed(Bucket=fill("foo/bar", "foo/bar/xyzzy", "quux/thud", "asdf"), Delimiter="/")
    assert reply["Delimiter"] == "/"
    assert keys(reply) == ["asdf"]
    assert prefixes(reply) == ["foo/", "quux/"]


@pytest.mark.parametrize("delimiter", ["a", " ", "%", ".", "\x0a", "da", "é", "+"])
def test_any_text_is_a_delimiter(listed: Callable[..., dict[str, Any]], fill: Fill, delimiter: str) -> None:
    reply = listed(Bucket=fill(f"b{delimiter}r", f"b{delimiter}z", f"c{delimiter}b", "foo"), Delimiter=delimiter)
    assert reply["Delimiter"] == delimiter
    assert keys(reply) == ["foo"]
    assert prefixes(reply) == [f"b{delimiter}", f"c{delimiter}"]


def test_an_empty_delimiter_is_as_none(listed: Callable[..., dict[str, Any]], fill: Fill) -> None:
    reply = listed(Bucket=fill("bar", "b/az"), Delimiter="")
    assert "Delimiter" not in reply
    assert keys(reply) == ["b/az", "bar"]
    assert prefixes(reply) == []


def test_a_delimiter_that_no_key_holds_and_a_prefix_that_none_has(
    listed: Callable[..., dict[str, Any]], fill: Fill
) -> None:
    bucket = fill("bar", "baz")
    assert keys(listed(Bucket=bucket, Delimiter="/")) == ["bar", "baz"]
    reply = listed(Bucket=bucket, Prefix="d", Delimiter="/")
    assert (keys(reply), prefixes(reply), reply["Prefix"]) == ([], [], "d")
    assert keys(listed(Bucket=bucket, Prefix="\x0a")) == []


def test_prefix_and_delimiter_work_together(listed: Callable[..., dict[str, Any]], fill: Fill) -> None:
    bucket = fill("asdf", "boo/bar", "boo/baz/xyzzy", "cquux/thud", "cquux/bla")
    reply = listed(Bucket=bucket, Prefix="boo/", Delimiter="/")
    assert (keys(reply), prefixes(reply)) == (["boo/bar"], ["boo/baz/"])
    reply = listed(Bucket=bucket, Prefix="cq", Delimiter="/")
    assert (keys(reply), prefixes(reply)) == ([], ["cquux/"])
    reply = listed(Bucket=bucket, Prefix="")
    assert len(keys(reply)) == 5


def test_a_directory_marker_below_its_own_prefix_is_a_key(listed: Callable[..., dict[str, Any]], fill: Fill) -> None:
    reply = listed(Bucket=fill("dir/", "dir/a", "dir/sub/", "dir/sub/b"), Prefix="dir/", Delimiter="/")
    assert (keys(reply), prefixes(reply)) == (["dir/", "dir/a"], ["dir/sub/"])


def test_zero_keys_are_none_and_the_list_is_not_truncated(listed: Callable[..., dict[str, Any]], fill: Fill) -> None:
    reply = listed(Bucket=fill("a", "b"), MaxKeys=0)
    assert (keys(reply), reply["IsTruncated"], reply["MaxKeys"]) == ([], False, 0)


def test_more_than_a_thousand_keys_are_a_thousand(listed: Callable[..., dict[str, Any]], bucket: str) -> None:
    assert listed(Bucket=bucket, MaxKeys=1024)["MaxKeys"] == 1000


def test_each_item_tells_of_its_object(listed: Callable[..., dict[str, Any]], fill: Fill, s3_root: BaseClient) -> None:
    bucket = fill("a")
    head = s3_root.head_object(Bucket=bucket, Key="a")
    (entry,) = listed(Bucket=bucket)["Contents"]
    assert (entry["ETag"], entry["Size"], entry["StorageClass"]) == (head["ETag"], 1, "STANDARD")
    assert entry["LastModified"].replace(microsecond=0) == head["LastModified"]


@pytest.mark.parametrize("query", ["max-keys=blah", "max-keys=-1", "max-keys=", "max-keys=1_0", "encoding-type=xml"])
@pytest.mark.parametrize("version", ["", "list-type=2&", "versions&"])
def test_parameters_without_sense_are_refused(raw_root: SignedHttp, bucket: str, version: str, query: str) -> None:
    assert code_of(raw_root.get(bucket, query=version + query)) == (400, "InvalidArgument")


def test_without_an_encoding_what_xml_cannot_carry_is_a_reference(
    raw_root: SignedHttp, s3_root: BaseClient, bucket: str
) -> None:
    s3_root.put_object(Bucket=bucket, Key="a\x01<b>&", Body=b"")
    plain = raw_root.get(bucket, query="list-type=2").text
    assert "<Key>a&#1;&lt;b&gt;&amp;</Key>" in plain
    encoded = raw_root.get(bucket, query="list-type=2&encoding-type=url").text
    assert "<Key>a%01%3Cb%3E%26</Key>" in encoded
    assert "<EncodingType>url</EncodingType>" in encoded


def test_every_name_is_encoded_on_demand(raw_root: SignedHttp, fill: Fill) -> None:
    bucket = fill("a b+c/d", "a b+c/e", "a b+z")
    asked = f"prefix={quote('a b')}&delimiter=%2B&encoding-type=url&max-keys=1&marker={quote('a b')}"
    text = raw_root.get(bucket, query=asked).text
    for expected in ("<Prefix>a%20b</Prefix>", "<Delimiter>%2B</Delimiter>", "<Marker>a%20b</Marker>",
                     "<CommonPrefixes><Prefix>a%20b%2B</Prefix></CommonPrefixes>"):  # fmt: skip
        assert expected in text
    text = raw_root.get(bucket, query=f"encoding-type=url&max-keys=1&list-type=2&start-after={quote('a b')}").text
    assert "<StartAfter>a%20b</StartAfter>" in text
    assert "<Key>a%20b%2Bc/d</Key>" in text


@pytest.mark.parametrize("name", ["prefix", "delimiter", "marker", "start-after&list-type=2", "key-marker&versions"])
def test_texts_that_no_key_can_be_are_refused_and_long_ones_find_nothing(
    raw_root: SignedHttp, bucket: str, name: str
) -> None:
    parameter, *rest = name.split("&")
    for bad in ("%00", "a%00b", "%FF", "%ED%A0%80", "%C0%AF"):
        assert code_of(raw_root.get(bucket, query="&".join([f"{parameter}={bad}", *rest]))) == (400, "InvalidURI")
    for odd in ("a" * 4000, "%F4%8F%BF%BF" * 3, "%25", "..%2F..%2F", "%27%20OR%20%271%27=%271"):
        assert raw_root.get(bucket, query="&".join([f"{parameter}={odd}", *rest])).status_code == 200


# The first version.


def test_a_marker_goes_on_behind_a_key_that_need_not_exist(s3_root: BaseClient, fill: Fill) -> None:
    bucket = fill("bar", "baz", "foo", "quxx")
    first = s3_root.list_objects(Bucket=bucket, MaxKeys=1)
    assert (keys(first), first["IsTruncated"], first["Marker"]) == (["bar"], True, "")
    rest = s3_root.list_objects(Bucket=bucket, Marker="bar")
    assert (keys(rest), rest["IsTruncated"], rest["Marker"]) == (["baz", "foo", "quxx"], False, "bar")
    assert keys(s3_root.list_objects(Bucket=bucket, Marker="blah")) == ["foo", "quxx"]
    assert keys(s3_root.list_objects(Bucket=bucket, Marker="zzz")) == []
    assert keys(s3_root.list_objects(Bucket=bucket, Marker="\x0a")) == ["bar", "baz", "foo", "quxx"]
    assert s3_root.list_objects(Bucket=bucket, Marker="")["Marker"] == ""


def test_a_next_marker_may_be_a_common_prefix(s3_root: BaseClient, fill: Fill) -> None:
    bucket = fill("asdf", "boo/bar", "boo/baz/xyzzy", "cquux/thud", "cquux/bla")
    seen: list[tuple[list[str], list[str], str | None]] = []
    marker = ""
    while True:
        reply = s3_root.list_objects(Bucket=bucket, Delimiter="/", MaxKeys=1, Marker=marker)
        marker = reply.get("NextMarker", "")
        seen.append((keys(reply), prefixes(reply), reply.get("NextMarker")))
        if not reply["IsTruncated"]:
            break
    assert seen == [(["asdf"], [], "asdf"), ([], ["boo/"], "boo/"), ([], ["cquux/"], None)]


def test_the_last_page_of_a_prefix_ends_at_the_last_item(s3_root: BaseClient, fill: Fill) -> None:
    bucket = fill("foo/1", "foo/2", "_obj1_", "_under1/bar", "_under2/baz")
    reply = s3_root.list_objects(Bucket=bucket, Delimiter="/", MaxKeys=3)
    assert (keys(reply), prefixes(reply), reply["IsTruncated"]) == (["_obj1_"], ["_under1/", "_under2/"], True)
    reply = s3_root.list_objects(Bucket=bucket, Delimiter="/", MaxKeys=3, Marker=reply["NextMarker"])
    assert (keys(reply), prefixes(reply), reply["IsTruncated"]) == ([], ["foo/"], False)


def test_the_first_version_names_the_owner(s3_root: BaseClient, fill: Fill) -> None:
    (entry,) = s3_root.list_objects(Bucket=fill("a"))["Contents"]
    assert entry["Owner"]["ID"] == "admin"


# The second version.


def test_a_token_goes_on_and_wins_over_the_start(s3_root: BaseClient, fill: Fill) -> None:
    bucket = fill("bar", "baz", "foo", "quxx")
    first = s3_root.list_objects_v2(Bucket=bucket, StartAfter="bar", MaxKeys=1)
    assert (keys(first), first["StartAfter"], first["IsTruncated"], first["KeyCount"]) == (["baz"], "bar", True, 1)
    token = first["NextContinuationToken"]
    rest = s3_root.list_objects_v2(Bucket=bucket, StartAfter="bar", ContinuationToken=token)
    assert (keys(rest), rest["IsTruncated"]) == (["foo", "quxx"], False)
    assert (rest["ContinuationToken"], rest["StartAfter"]) == (token, "bar")
    assert "NextContinuationToken" not in rest


def test_what_was_sent_empty_is_echoed_empty(s3_root: BaseClient, fill: Fill) -> None:
    reply = s3_root.list_objects_v2(Bucket=fill("a"), ContinuationToken="", StartAfter="")
    assert (reply["ContinuationToken"], reply["StartAfter"], keys(reply)) == ("", "", ["a"])


@pytest.mark.parametrize("token", ["a", "bar", "AAAAAAAAAAAAAAAAAAAAAAAA", "é", "%%%", "a" * 2000])
def test_a_token_that_the_server_has_not_made_is_refused(s3_root: BaseClient, fill: Fill, token: str) -> None:
    assert refused(s3_root.list_objects_v2, Bucket=fill("a"), ContinuationToken=token) == (400, "InvalidArgument")


def test_the_count_is_of_keys_and_prefixes(s3_root: BaseClient, fill: Fill) -> None:
    bucket = fill("a/1", "a/2", "b/1", "root.txt")
    reply = s3_root.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert (keys(reply), prefixes(reply), reply["KeyCount"]) == (["root.txt"], ["a/", "b/"], 3)
    assert s3_root.list_objects_v2(Bucket=bucket)["KeyCount"] == 4


def test_the_owner_is_told_on_demand(s3_root: BaseClient, fill: Fill) -> None:
    bucket = fill("a")
    assert "Owner" in s3_root.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]
    assert "Owner" not in s3_root.list_objects_v2(Bucket=bucket, FetchOwner=False)["Contents"][0]
    assert "Owner" not in s3_root.list_objects_v2(Bucket=bucket)["Contents"][0]


def test_paginators_come_to_an_end(s3_root: BaseClient, fill: Fill) -> None:
    names = [f"{directory}/{number}" for directory in "abc" for number in range(4)] + ["x", "y"]
    bucket = fill(*names)

    def items(kind: str, **arguments: Any) -> list[str]:
        pages = s3_root.get_paginator(kind).paginate(Bucket=bucket, PaginationConfig={"PageSize": 2}, **arguments)
        return [name for page in pages for name in [*prefixes(page), *keys(page)]]

    for kind in ("list_objects", "list_objects_v2"):
        assert items(kind) == names
        assert items(kind, Delimiter="/") == ["a/", "b/", "c/", "x", "y"]
        assert items(kind, Delimiter="/", Prefix="a/") == ["a/0", "a/1", "a/2", "a/3"]
    versions = s3_root.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 3})
    assert [version["Key"] for page in versions for version in page["Versions"]] == names


# Versions.


def test_each_object_has_one_version(s3_root: BaseClient, fill: Fill) -> None:
    reply = s3_root.list_object_versions(Bucket=fill("a", "b/c"))
    assert [(entry["Key"], entry["VersionId"], entry["IsLatest"]) for entry in reply["Versions"]] == [
        ("a", "null", True),
        ("b/c", "null", True),
    ]
    assert "DeleteMarkers" not in reply
    assert (reply["KeyMarker"], reply["VersionIdMarker"], reply["IsTruncated"]) == ("", "", False)


def test_versions_are_paged_by_their_markers(s3_root: BaseClient, fill: Fill) -> None:
    bucket = fill("a", "b", "c/d")
    first = s3_root.list_object_versions(Bucket=bucket, MaxKeys=2, Delimiter="/")
    assert (first["NextKeyMarker"], first["NextVersionIdMarker"], first["IsTruncated"]) == ("b", "null", True)
    rest = s3_root.list_object_versions(Bucket=bucket, KeyMarker="b", VersionIdMarker="null", Delimiter="/")
    assert ("Versions" not in rest, prefixes(rest)) == (True, ["c/"])
    assert refused(s3_root.list_object_versions, Bucket=bucket, VersionIdMarker="null") == (400, "InvalidArgument")


# As existing clients of /s3 know it.


@pytest.fixture
def filled(s3_contract: BaseClient, project_bucket: str) -> Iterable[str]:
    """A prefix with five keys in a project's own bucket."""
    prefix = "listed/"
    for key in ("a/1", "a/2", "b/1", "root.txt", "z z+z"):
        s3_contract.put_object(Bucket=project_bucket, Key=prefix + key, Body=b"abc")
    return prefix


def test_the_list_of_the_contract_has_bare_names_and_no_charset(
    raw_contract: SignedHttp, project_bucket: str, filled: str
) -> None:
    reply = raw_contract.get(project_bucket, query=f"prefix={filled}&delimiter=/&max-keys=3")
    assert reply.headers["content-type"] == "application/xml"
    root = ElementTree.fromstring(reply.content)
    assert root.tag == "ListBucketResult"
    told = {name: root.findtext(name) for name in ("Name", "Prefix", "MaxKeys", "KeyCount", "IsTruncated")}
    assert told == {
        "Name": project_bucket, "Prefix": filled, "MaxKeys": "3", "KeyCount": "3", "IsTruncated": "true",
    }  # fmt: skip
    (entry,) = root.findall("Contents")
    assert [child.tag for child in entry] == ["Key", "LastModified", "ETag", "Size", "StorageClass"]
    assert entry.findtext("ETag") == '"900150983cd24fb0d6963f7d28e17f72"'
    assert [child.findtext("Prefix") for child in root.findall("CommonPrefixes")] == [f"{filled}a/", f"{filled}b/"]
    assert root.findtext("NextMarker") == f"{filled}root.txt"
    token = root.findtext("NextContinuationToken") or ""
    for following in (
        f"continuation-token={quote(token)}",
        f"marker={filled}root.txt",
        f"start-after={filled}root.txt",
    ):
        rest = ElementTree.fromstring(raw_contract.get(project_bucket, query=f"prefix={filled}&{following}").content)
        assert [entry.findtext("Key") for entry in rest.findall("Contents")] == [f"{filled}z z+z"]
        assert rest.findtext("IsTruncated") == "false"


def test_the_first_version_of_boto_finds_its_way_under_s3(
    s3_contract: BaseClient, project_bucket: str, filled: str
) -> None:
    for kind in ("list_objects", "list_objects_v2"):
        pages = s3_contract.get_paginator(kind).paginate(
            Bucket=project_bucket, Prefix=filled, PaginationConfig={"PageSize": 2}
        )
        assert [name.removeprefix(filled) for page in pages for name in keys(page)] == [
            "a/1", "a/2", "b/1", "root.txt", "z z+z",
        ]  # fmt: skip


def test_both_spellings_of_the_bucket_and_a_slash_at_the_end_are_the_same_list(
    raw_contract: SignedHttp, project: Person, project_bucket: str, filled: str
) -> None:
    for spelled in (project_bucket, project.project_id):
        for path in (spelled, f"{spelled}/"):
            root = ElementTree.fromstring(raw_contract.get(path, query=f"list-type=2&prefix={filled}").content)
            assert (root.findtext("Name"), root.findtext("KeyCount")) == (spelled, "5")


@pytest.mark.parametrize(
    ("count", "kind"),
    [("0", "greater_than_equal"), ("1001", "less_than_equal"), ("-1", "greater_than_equal"), ("x", "int_parsing")],
)
def test_a_count_out_of_range_is_answered_as_by_the_rest_api(
    raw_contract: SignedHttp, project_bucket: str, count: str, kind: str
) -> None:
    reply = raw_contract.get(project_bucket, query=f"max-keys={count}")
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/json"
    (item,) = reply.json()["detail"]
    assert (item["type"], item["loc"], item["input"]) == (kind, ["query", "max-keys"], count)
