"""What the protocol's messages may expect of each other, with raw bytes: order, errors, portals, transactions."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from tests.wire.pgwire.raw_client import RawClient, frame, query
from tests.wire.pgwire.sql_cast import Login

SYNC, FLUSH = frame(b"S", b""), frame(b"H", b"")


def parse(sql: str, *oids: int, name: str = "") -> bytes:
    return frame(b"P", f"{name}\0{sql}\0".encode() + struct.pack(f"!H{len(oids)}I", len(oids), *oids))


def bind(*values: str | None, portal: str = "", name: str = "") -> bytes:
    data = b"".join(
        struct.pack("!i", -1) if value is None else struct.pack("!I", len(value.encode())) + value.encode()
        for value in values
    )
    head = f"{portal}\0{name}\0".encode() + struct.pack("!HH", 0, len(values))
    return frame(b"B", head + data + struct.pack("!H", 0))


def execute(portal: str = "", rows: int = 0) -> bytes:
    return frame(b"E", portal.encode() + b"\0" + struct.pack("!I", rows))


def describe(kind: str, name: str = "") -> bytes:
    return frame(b"D", kind.encode() + name.encode() + b"\0")


def close(kind: str, name: str = "") -> bytes:
    return frame(b"C", kind.encode() + name.encode() + b"\0")


class Talk:
    """A client that has logged in."""

    def __init__(self, client: RawClient) -> None:
        self.client = client

    def say(self, *messages: bytes) -> list[tuple[str, str]]:
        """Type and gist of each answer up to ReadyForQuery; rows are their first value."""
        self.client.send(b"".join(messages))
        return [_gist(*message) for message in self.client.messages_until_ready()]

    def kinds(self, *messages: bytes) -> str:
        return "".join(kind for kind, _ in self.say(*messages))


def _gist(kind: bytes, payload: bytes) -> tuple[str, str]:
    if kind in (b"E", b"N"):
        fields = {part[:1]: part[1:].decode() for part in payload.split(b"\0") if part}
        return kind.decode(), fields[b"C"]
    if kind == b"D":
        size = struct.unpack("!i", payload[2:6])[0]
        return "D", payload[6 : 6 + size].decode()
    return kind.decode(), payload.rstrip(b"\0").decode(errors="replace")


@pytest.fixture
def talk(login: Login) -> Iterator[Talk]:
    with RawClient(login) as client:
        client.log_in(user=login.user, password=login.password, database=login.database)
        yield Talk(client)


THREE = "SELECT i FROM range(3) t(i)"


class TestSimple:
    def test_empty_texts(self, talk: Talk) -> None:
        assert talk.say(query("")) == [("I", ""), ("Z", "I")]
        assert talk.say(query(" ; -- nothing\n;")) == [("I", ""), ("Z", "I")]

    def test_several_statements_are_one_transaction(self, talk: Talk) -> None:
        talk.say(query("CREATE TABLE simple_many (i int)"))
        answers = talk.say(query("INSERT INTO simple_many VALUES (1); SELECT 'x'::int; SELECT 3"))
        assert answers[0] == ("C", "INSERT 0 1")
        assert answers[-2:] == [("E", "22P02"), ("Z", "I")]
        assert ("D", "0") in talk.say(query("SELECT count(*) FROM simple_many"))

    def test_begin_inside_makes_a_block_of_the_rest(self, talk: Talk) -> None:
        talk.say(query("CREATE TABLE simple_begin (i int)"))
        answers = talk.say(query("INSERT INTO simple_begin VALUES (1); BEGIN; INSERT INTO simple_begin VALUES (2)"))
        assert answers[-1] == ("Z", "T")
        talk.say(query("ROLLBACK"))
        assert ("D", "0") in talk.say(query("SELECT count(*) FROM simple_begin"))

    def test_commit_inside_keeps_what_was_before(self, talk: Talk) -> None:
        talk.say(query("CREATE TABLE simple_commit (i int)"))
        talk.say(query("BEGIN; INSERT INTO simple_commit VALUES (1); COMMIT; SELECT 'x'::int"))
        assert ("D", "1") in talk.say(query("SELECT count(*) FROM simple_commit"))


class TestExtended:
    def test_a_round(self, talk: Talk) -> None:
        answers = talk.say(parse("SELECT $1::int + 1"), describe("S"), bind("41"), describe("P"), execute(), SYNC)
        assert "".join(kind for kind, _ in answers) == "1tT2TDCZ"
        assert answers[-3:] == [("D", "42"), ("C", "SELECT 1"), ("Z", "I")]

    def test_an_empty_statement(self, talk: Talk) -> None:
        assert talk.kinds(parse(""), describe("S"), bind(), describe("P"), execute(), SYNC) == "1tn2nIZ"

    def test_one_error_for_a_group_and_the_rest_is_skipped(self, talk: Talk) -> None:
        talk.say(query("CREATE TABLE skipped (i int)"))
        group = [parse("INSERT INTO skipped VALUES (1)"), bind(), execute()]
        answers = talk.say(*group, parse("SELECT nope"), bind(), execute(), *group, parse("SELECT other"), SYNC)
        assert [kind for kind, _ in answers].count("E") == 1
        assert answers[-2:] == [("E", "42703"), ("Z", "I")]
        assert ("D", "0") in talk.say(query("SELECT count(*) FROM skipped"))

    def test_sync_commits(self, talk: Talk) -> None:
        talk.say(query("CREATE TABLE synced (i int)"))
        group = [parse("INSERT INTO synced VALUES (1)"), bind(), execute()]
        talk.say(*group, *group, SYNC)
        talk.say(parse("SELECT nope"), SYNC)
        assert ("D", "2") in talk.say(query("SELECT count(*) FROM synced"))

    def test_a_portal_pauses_after_exactly_so_many_rows(self, talk: Talk) -> None:
        answers = talk.say(parse(THREE), bind(), execute(rows=2), execute(rows=2), SYNC)
        assert [gist for kind, gist in answers if kind in "DsC"] == ["0", "1", "", "2", "SELECT 1"]
        exact = talk.say(parse(THREE), bind(), execute(rows=3), execute(rows=3), SYNC)
        assert [gist for kind, gist in exact if kind in "DsC"] == ["0", "1", "2", "", "SELECT 0"]

    def test_a_portal_ends_with_its_transaction(self, talk: Talk) -> None:
        assert talk.kinds(parse(THREE), bind(portal="p"), execute("p", 1), SYNC) == "12DsZ"
        assert ("E", "34000") in talk.say(execute("p"), SYNC)
        talk.say(query("BEGIN"))
        talk.say(parse(THREE), bind(portal="p"), execute("p", 1), SYNC)
        assert talk.say(execute("p"), SYNC) == [("D", "1"), ("D", "2"), ("C", "SELECT 2"), ("Z", "T")]

    def test_fetch_takes_a_portal_and_execute_a_cursor(self, talk: Talk) -> None:
        talk.say(query("BEGIN"))
        talk.say(parse(THREE), bind(portal="p"), execute("p", 1), SYNC)
        assert ("D", "1") in talk.say(query("FETCH 1 FROM p"))
        talk.say(query(f"DECLARE c CURSOR FOR {THREE}"))
        assert talk.say(execute("c", 2), SYNC) == [("D", "0"), ("D", "1"), ("s", ""), ("Z", "T")]
        assert talk.kinds(close("P", "c"), SYNC) == "3Z"
        assert ("E", "34000") in talk.say(query("FETCH c"))

    def test_describing_a_fetch_gives_the_cursors_columns(self, talk: Talk) -> None:
        talk.say(query(f"BEGIN; DECLARE c CURSOR FOR {THREE}"))
        answers = talk.say(parse("FETCH 2 FROM c"), describe("S"), bind(), describe("P"), execute(), SYNC)
        assert "".join(kind for kind, _ in answers) == "1tT2TDDCZ"
        assert answers[-2] == ("C", "FETCH 2")

    def test_names_that_are_taken_and_that_are_unknown(self, talk: Talk) -> None:
        assert ("E", "26000") in talk.say(bind(name="nobody"), SYNC)
        assert ("E", "26000") in talk.say(describe("S", "nobody"), SYNC)
        assert ("E", "34000") in talk.say(describe("P", "nobody"), SYNC)
        talk.say(parse("SELECT 1", name="s"), SYNC)
        assert ("E", "42P05") in talk.say(parse("SELECT 2", name="s"), SYNC)
        assert ("E", "42P03") in talk.say(bind(portal="p", name="s"), bind(portal="p", name="s"), SYNC)
        assert talk.kinds(close("S", "s"), close("S", "s"), close("P", "p"), SYNC) == "333Z"

    def test_statements_live_on_after_errors(self, talk: Talk) -> None:
        talk.say(parse("SELECT 7", name="lives"), SYNC)
        talk.say(query("BEGIN; SELECT nope"))
        assert ("E", "25P02") in talk.say(bind(name="lives"), execute(), SYNC)
        talk.say(query("ROLLBACK"))
        assert ("D", "7") in talk.say(bind(name="lives"), execute(), SYNC)

    def test_wrong_numbers(self, talk: Talk) -> None:
        assert ("E", "08P01") in talk.say(parse("SELECT $1::int"), bind(), SYNC)
        assert ("E", "42601") in talk.say(parse("SELECT 1; SELECT 2"), SYNC)
        assert ("E", "42P18") in talk.say(parse("SELECT $2::int"), SYNC)
        assert ("E", "22P02") in talk.say(parse("SELECT $1::int"), bind("x"), SYNC)
        assert ("E", "42P02") in talk.say(query("SELECT $1::int"))

    def test_every_parameter_has_a_type(self, talk: Talk) -> None:
        kind, oids = talk.say(parse("SELECT $1, $2::date, $3 + 1"), describe("S"), SYNC)[1]
        assert kind == "t"
        assert "\0\0\0\0" not in oids

    def test_describing_does_not_run(self, talk: Talk) -> None:
        talk.say(query("CREATE TABLE described (i int)"))
        insert = "INSERT INTO described VALUES (1) RETURNING i"
        assert talk.kinds(parse(insert), describe("S"), bind(), describe("P"), SYNC) == "1tT2TZ"
        assert ("D", "0") in talk.say(query("SELECT count(*) FROM described"))

    def test_too_many_portals(self, talk: Talk) -> None:
        talk.say(query("BEGIN"))
        talk.say(parse("SELECT 1", name="s"), *(bind(portal=f"p{i}", name="s") for i in range(100)), SYNC)
        assert ("E", "54000") in talk.say(bind(portal="another", name="s"), SYNC)

    def test_flush_answers_at_once(self, talk: Talk) -> None:
        talk.client.send(parse("SELECT 1") + FLUSH)
        assert talk.client.message()[0] == b"1"
        assert talk.kinds(SYNC) == "Z"


class TestOdd:
    def test_function_calls_are_refused(self, talk: Talk) -> None:
        assert talk.say(frame(b"F", struct.pack("!IHHH", 1, 0, 0, 0))) == [("E", "0A000"), ("Z", "I")]

    def test_an_unknown_message_ends_the_session(self, talk: Talk) -> None:
        talk.client.send(frame(b"!", b""))
        assert b"08P01" in talk.client.read_to_end()

    def test_a_message_that_is_announced_too_long_ends_the_session(self, talk: Talk) -> None:
        talk.client.send(b"Q" + struct.pack("!I", 0x7FFFFFFF))
        end = talk.client.read_to_end()
        assert b"54000" in end or b"08P01" in end
