"""Files through the SDK: sent from anywhere, fetched to anywhere, whole or not at all."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from keboola_duckdb import Client, ConfigurationError, NetworkError, NotFoundError, Progress, StorageError
from tests.cast import Person
from tests.sdk.breaking_proxy import Break, Fault, breaking_proxy
from tests.sdk.cast import async_client_of, client_of, is_untouched, until

CONTENT = random.Random(1).randbytes(3_000_000)
MEGABYTE = 1 << 20


@pytest.fixture
def kb(alice: Person) -> Iterator[Client]:
    with client_of(alice) as client:
        yield client


def content_of(kb: Client, project: str, file_id: str) -> bytes:
    return b"".join(kb.files.stream(project, file_id))


class Pipe(io.RawIOBase):
    """A file that can be read once, in short pieces."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        found = self._content.read(min(len(buffer), 70_000))
        buffer[: len(found)] = found
        return len(found)


@pytest.mark.parametrize("kind", ["path", "bytes", "file", "pipe", "iterator"])
def test_a_file_is_sent_from_anywhere_and_comes_back_the_same(kb, alice, tmp_path, kind):
    path = tmp_path / "rows.csv"
    path.write_bytes(CONTENT)
    with path.open("rb") as opened:
        sources = {
            "path": path,
            "bytes": CONTENT,
            "file": opened,
            "pipe": Pipe(CONTENT),
            "iterator": (CONTENT[at : at + 65_537] for at in range(0, len(CONTENT), 65_537)),
        }
        file = kb.files.upload(alice.project_id, sources[kind], tags={"from": kind})
    assert file.size_bytes == len(CONTENT)
    assert file.name == ("rows.csv" if kind in ("path", "file") else "data.csv")
    assert (file.tags, file.content_type) == ({"from": kind}, "text/csv")
    assert content_of(kb, alice.project_id, file.id) == CONTENT


@pytest.mark.parametrize("source", [b"", iter([])], ids=["bytes", "iterator"])
def test_an_empty_file_is_a_file(kb, alice, source):
    file = kb.files.upload(alice.project_id, source, name="nothing.txt")
    assert file.size_bytes == 0
    assert content_of(kb, alice.project_id, file.id) == b""


def test_a_file_object_is_sent_from_where_it_stands_and_stays_open(kb, alice):
    source = io.BytesIO(b"skipped" + CONTENT)
    source.seek(len(b"skipped"))
    file = kb.files.upload(alice.project_id, source, name="x.bin")
    assert (file.size_bytes, source.closed) == (len(CONTENT), False)


@pytest.mark.parametrize(
    "source",
    [io.StringIO("text"), ["text"], 7, "/no/such/file.csv", [b"first", 2]],
    ids=["text", "texts", "7", "gone", "2"],
)
def test_what_holds_no_bytes_is_refused_and_nothing_stays(kb, alice, source):
    with pytest.raises(ConfigurationError):
        kb.files.upload(alice.project_id, source)
    assert is_untouched(alice)


def test_files_are_listed_changed_and_deleted(kb, alice):
    made = [kb.files.upload(alice.project_id, b"x", name=f"{n}.txt", tags={"n": str(n)}) for n in range(3)]
    page = kb.files.list(alice.project_id, limit=2)
    assert ([file.name for file in page], page.total) == (["2.txt", "1.txt"], 3)
    assert [file.id for file in kb.files.iterate(alice.project_id, page_size=2)] == [file.id for file in made[::-1]]
    assert [file.id for file in kb.files.list(alice.project_id, tag="n:1")] == [made[1].id]
    changed = kb.files.update(alice.project_id, made[0].id, name="first.txt")
    assert (changed.name, changed.tags) == ("first.txt", {"n": "0"})
    assert kb.files.update(alice.project_id, made[0].id, tags=None).tags is None
    kb.files.delete(alice.project_id, made[0].id)
    with pytest.raises(NotFoundError):
        kb.files.get(alice.project_id, made[0].id)


def test_a_download_goes_to_a_path_a_directory_or_a_file(kb, alice, tmp_path):
    file = kb.files.upload(alice.project_id, CONTENT, name="rows.csv")
    into = io.BytesIO()
    for target in (tmp_path / "named.bin", tmp_path, into):
        assert kb.files.download(alice.project_id, file.id, target) == len(CONTENT)
    assert into.getvalue() == CONTENT
    assert {path.name: path.read_bytes() == CONTENT for path in tmp_path.iterdir()} == {
        "named.bin": True,
        "rows.csv": True,
    }


def test_a_download_that_fails_leaves_what_was_there(kb, alice, tmp_path):
    file = kb.files.upload(alice.project_id, CONTENT, name="rows.csv")
    target = tmp_path / "kept.csv"
    target.write_bytes(b"before")

    def give_up(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kb.files.download(alice.project_id, file.id, target, on_progress=give_up)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.csv"]
    assert target.read_bytes() == b"before"


def test_a_directory_that_is_not_there_is_named(kb, alice, tmp_path):
    file = kb.files.upload(alice.project_id, b"x", name="rows.csv")
    with pytest.raises(ConfigurationError, match="nowhere"):
        kb.files.download(alice.project_id, file.id, tmp_path / "nowhere" / "rows.csv")


def test_progress_counts_bytes_up_to_all_of_them(kb, alice, tmp_path):
    up: list[Progress] = []
    down: list[Progress] = []
    file = kb.files.upload(alice.project_id, CONTENT, on_progress=up.append)
    kb.files.download(alice.project_id, file.id, tmp_path, on_progress=down.append)
    for stage, seen in (("upload", up), ("download", down)):
        done = [progress.done for progress in seen]
        assert done == sorted(done)
        assert len(done) > 1
        assert (seen[-1].stage, seen[-1].done, seen[-1].total, seen[-1].share) == (
            stage,
            len(CONTENT),
            len(CONTENT),
            1.0,
        )


def test_an_upload_whose_connection_breaks_goes_on_where_the_server_is(alice):
    sent: list[int] = []
    cut = Break(r"PUT .*/files/upload/", Fault.REFUSE, times=2, after_bytes=MEGABYTE)
    with breaking_proxy(alice.server.url, cut) as proxy, client_of(alice, url=proxy.url) as kb:
        file = kb.files.upload(alice.project_id, CONTENT, on_progress=lambda progress: sent.append(progress.done))
        assert content_of(kb, alice.project_id, file.id) == CONTENT
    assert len(proxy.broken) == 2
    again = [at for at, done in enumerate(sent) if at and done < sent[at - 1]]
    assert all(sent[at] > MEGABYTE for at in again), "it began anew"


def test_an_upload_whose_answer_is_lost_is_not_sent_again(alice):
    cut = Break(r"PUT .*/files/upload/", Fault.LOSE_ANSWER)
    with breaking_proxy(alice.server.url, cut) as proxy, client_of(alice, url=proxy.url) as kb:
        sent: list[int] = []
        kb.files.upload(alice.project_id, CONTENT, on_progress=lambda progress: sent.append(progress.done))
        assert (sum(done == len(CONTENT) for done in sent), kb.files.list(alice.project_id).total) == (1, 1)


def test_what_can_be_read_once_is_not_sent_twice(alice):
    cut = Break(r"PUT .*/files/upload/", Fault.REFUSE, after_bytes=MEGABYTE)
    with breaking_proxy(alice.server.url, cut) as proxy, client_of(alice, url=proxy.url) as kb:
        with pytest.raises(NetworkError):
            kb.files.upload(alice.project_id, iter([CONTENT] * 3))
        assert is_untouched(alice)


def test_a_download_whose_connection_breaks_goes_on_where_it_broke(alice, tmp_path):
    cuts = Break(r"GET .*/download", times=2, after_bytes=MEGABYTE, in_answer=True)
    with breaking_proxy(alice.server.url, cuts) as proxy, client_of(alice, url=proxy.url) as kb:
        file = kb.files.upload(alice.project_id, CONTENT)
        seen: list[int] = []
        target = tmp_path / "whole"
        kb.files.download(alice.project_id, file.id, target, on_progress=lambda progress: seen.append(progress.done))
        assert (target.read_bytes() == CONTENT, len(proxy.broken)) == (True, 2)
        assert seen == sorted(seen)


def test_parts_of_two_contents_are_never_put_together(alice):
    # The server decides by the ETag; here the file is gone by the time the second part is asked for.
    cut = Break(r"GET .*/download", after_bytes=MEGABYTE, in_answer=True)
    with breaking_proxy(alice.server.url, cut) as proxy, client_of(alice, url=proxy.url) as kb:
        file = kb.files.upload(alice.project_id, CONTENT)
        stream = kb.files.stream(alice.project_id, file.id)
        next(stream)
        kb.files.delete(alice.project_id, file.id)
        with pytest.raises(StorageError):
            list(stream)


def test_an_upload_that_its_callback_ends_leaves_nothing(kb, alice):
    def give_up(progress: Progress) -> None:
        if progress.done > MEGABYTE:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kb.files.upload(alice.project_id, CONTENT, on_progress=give_up)
    assert is_untouched(alice)


@pytest.mark.parametrize("kind", ["path", "iterator"])
def test_ten_seconds_after_an_upload_was_cancelled_nothing_is_left(alice, tmp_path, kind):
    path = tmp_path / "large.bin"
    path.write_bytes(CONTENT * 10)

    async def cancel_it() -> None:
        begun = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield CONTENT
                begun.set()
                await asyncio.sleep(0.01)

        async with async_client_of(alice) as kb:
            source: Path | AsyncIterator[bytes] = path if kind == "path" else endless()
            upload = asyncio.create_task(
                kb.files.upload(alice.project_id, source, on_progress=lambda _progress: begun.set())
            )
            await begun.wait()
            upload.cancel()
            with pytest.raises(asyncio.CancelledError):
                await upload

    asyncio.run(cancel_it())
    until(lambda: is_untouched(alice))


def test_uploads_of_one_client_run_side_by_side(alice):
    async def send_all() -> list[str]:
        async with async_client_of(alice) as kb:
            files = await asyncio.gather(
                *(kb.files.upload(alice.project_id, b"%d" % n * 1000, name=f"{n}.txt") for n in range(8))
            )
            found = [b"".join([block async for block in kb.files.stream(alice.project_id, file.id)]) for file in files]
            assert found == [b"%d" % n * 1000 for n in range(8)]
            return [file.id for file in files]

    assert len(set(asyncio.run(send_all()))) == 8
