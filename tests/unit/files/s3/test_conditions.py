"""What conditional headers mean, by who asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from files.models import StoredObject
from files.object_errors import InvalidArgument, NoSuchKey, PreconditionFailed
from files.s3.conditional_headers import delete_conditions, http_time
from files.services.objects.conditions import Conditions, names

MODIFIED = datetime(2025, 3, 1, 10, 20, 30, 987654, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NOW = MODIFIED.replace(microsecond=0)
FOUND = StoredObject(key="k", etag="abc", size_bytes=5, last_modified=MODIFIED)


@pytest.mark.parametrize("header", ['"abc"', "abc", "*", '"x", "abc"', "x,abc", 'W/"abc"', ' "abc" '])
def test_an_etag_is_named_with_quotes_or_without_in_lists_and_by_a_star(header):
    assert names(header, "abc")


@pytest.mark.parametrize("header", ["", '""', "ab", '"abcd"', "ABC", '"a" "bc"'])
def test_another_etag_is_not(header):
    assert not names(header, "abc")


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(),
        Conditions(if_match="abc"),
        Conditions(if_none_match="x"),
        Conditions(if_modified_since=NOW - SECOND),
        Conditions(if_unmodified_since=NOW),
        Conditions(if_match="abc", if_unmodified_since=NOW - SECOND),
        Conditions(if_none_match="x", if_modified_since=NOW + SECOND),
    ],
)
def test_a_reader_gets_the_object(conditions):
    assert conditions.check_read(FOUND)
    conditions.check_copy(FOUND)


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(if_none_match="abc"),
        Conditions(if_none_match="*"),
        Conditions(if_modified_since=NOW),
        Conditions(if_none_match="abc", if_modified_since=NOW - SECOND),
        Conditions(if_match="abc", if_none_match="abc"),
    ],
)
def test_a_reader_has_it_already_where_a_copy_is_refused(conditions):
    assert not conditions.check_read(FOUND)
    with pytest.raises(PreconditionFailed):
        conditions.check_copy(FOUND)


@pytest.mark.parametrize(
    "conditions", [Conditions(if_match="x"), Conditions(if_match=""), Conditions(if_unmodified_since=NOW - SECOND)]
)
def test_a_reader_is_refused(conditions):
    with pytest.raises(PreconditionFailed):
        conditions.check_read(FOUND)


def test_a_writer_needs_the_object_that_it_names():
    Conditions(if_match="abc").check_write(FOUND)
    with pytest.raises(PreconditionFailed):
        Conditions(if_match="x").check_write(FOUND)
    for etag in ("abc", "*"):
        with pytest.raises(NoSuchKey):
            Conditions(if_match=etag).check_write(None)


def test_a_writer_may_want_a_free_key():
    Conditions(if_none_match="*").check_write(None)
    Conditions(if_none_match="unknown").check_write(FOUND)
    for etag in ("*", "abc", '"abc"'):
        with pytest.raises(PreconditionFailed):
            Conditions(if_none_match=etag).check_write(FOUND)


def test_a_deletion_may_depend_on_etag_size_and_time():
    delete_conditions(etag='"abc"', size="5", last_modified="Sat, 01 Mar 2025 10:20:30 GMT").check(FOUND)
    delete_conditions(etag=None, size=None, last_modified="2025-03-01T10:20:30.000Z").check(FOUND)
    for wrong in ({"etag": "x"}, {"size": "6"}, {"last_modified": "Sat, 01 Mar 2025 10:20:31 GMT"}):
        with pytest.raises(PreconditionFailed):
            delete_conditions(**({"etag": None, "size": None, "last_modified": None} | wrong)).check(FOUND)


@pytest.mark.parametrize("wrong", [{"size": "-1"}, {"size": "x"}, {"size": "9" * 5000}, {"last_modified": "soon"}])
def test_what_a_deletion_depends_on_has_to_be_readable(wrong):
    with pytest.raises(InvalidArgument):
        delete_conditions(**({"etag": None, "size": None, "last_modified": None} | wrong))


def test_times_of_http_are_read_and_others_ignored():
    for text in ("Sat, 01 Mar 2025 10:20:30 GMT", "Saturday, 01-Mar-25 10:20:30 GMT", "Sat Mar  1 10:20:30 2025"):
        assert http_time(text) == NOW
    for text in (None, "", "yesterday", "Sat, 99 Mar 2025 10:20:30 GMT", "2025-03-01"):
        assert http_time(text) is None
