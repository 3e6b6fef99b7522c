from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from pathlib import Path

from django.core.files.storage import default_storage
from django.utils import timezone

from files.models import File
from files.services import staging
from files.services.content import write_intent
from files.services.open_file import local_file
from files.services.purge_expired import Purged, purge_expired
from storage.models import Project

NOTHING = Purged(0, 0, 0, 0, 0)
Make = Callable[..., File]


def in_days(days: float) -> datetime.datetime:
    return timezone.now() + datetime.timedelta(days=days)


def leftovers() -> list[str]:
    return sorted(path.name for path in staging.uploads_dir().iterdir())


def test_what_is_in_use_stays(store: Make, upload: Make) -> None:
    file, session = store(), upload()
    staging.resumable_part(str(session.upload_key)).write_bytes(b"half")
    assert purge_expired(grace_seconds=0) == NOTHING
    assert default_storage.exists(file.path)
    assert leftovers() == sorted([session.path, f"{session.upload_key}.part"])


def test_a_session_past_its_time_goes_with_its_bytes(upload: Make) -> None:
    session = upload()
    staging.resumable_part(str(session.upload_key)).write_bytes(b"half")
    purged = purge_expired(now=in_days(1.01), grace_seconds=0)
    assert (purged.sessions, purged.staged_contents) == (1, 2)
    assert (leftovers(), File.objects.count()) == ([], 0)


def test_an_expired_file_goes_unless_somebody_reads_it(store: Make) -> None:
    kept, expired = store(), store(lifetime=datetime.timedelta(days=-1))
    with local_file(project_id="p1", file_id=expired.id):
        assert purge_expired() == NOTHING
    assert purge_expired().expired_files == 1
    assert list(File.objects.all()) == [kept]
    assert (default_storage.exists(kept.path), default_storage.exists(expired.path)) == (True, False)


def test_bytes_that_nobody_knows_go_after_their_grace(project: Project) -> None:
    for path in (staging.fresh_part("key"), staging.resumable_part("key")):
        path.write_bytes(b"x")
        path.with_suffix(staging.DONE_SUFFIX).write_bytes(b"x")
    assert purge_expired() == NOTHING
    for path in staging.uploads_dir().iterdir():
        os.utime(path, (0, 0))
    assert purge_expired().staged_contents == 4
    assert leftovers() == []


def test_content_that_a_crash_left_without_record_goes(store: Make, directories: Path) -> None:
    file, orphan = store(), directories / "files/project_p1/2025/01/31/id_x"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"orphan")
    write_intent("project_p1/2025/01/31/id_x")
    write_intent(file.path)
    write_intent("project_p1/never/placed")
    assert purge_expired(grace_seconds=0).contents_without_record == 1
    assert (orphan.exists(), default_storage.exists(file.path), leftovers()) == (False, True, [])


def test_objects_that_clients_put_beside_ours_are_not_touched(store: Make, directories: Path) -> None:
    other = (directories / "files" / store().path).with_name("0f8fad5b-d9cb-469f-a165-70867728950e_x")
    other.write_bytes(b"theirs")
    os.utime(other, (0, 0))
    assert purge_expired(grace_seconds=0) == NOTHING
    assert other.exists()


def test_a_record_that_lost_its_content_goes_after_its_grace(store: Make) -> None:
    kept, lost = store(), store()
    default_storage.delete(lost.path)
    assert purge_expired() == NOTHING
    assert purge_expired(grace_seconds=0).records_without_content == 1
    assert list(File.objects.all()) == [kept]


def test_no_record_goes_when_the_whole_disk_is_missing(store: Make, directories: Path) -> None:
    store()
    (directories / "files").rename(directories / "unmounted")
    (directories / "files").mkdir()
    assert purge_expired(grace_seconds=0) == NOTHING
    assert File.objects.count() == 1
