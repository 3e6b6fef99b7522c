"""`manage.py doctor`."""

from __future__ import annotations

from storage.models import Branch, Bucket, BucketShare, Project, Snapshot, Table, TableVersion
from storage.runtime import engine
from tests.services.maintenance.conftest import Manage, version_file


def test_a_sound_installation(table: Table, manage: Manage) -> None:
    ended = manage("doctor", "--checksums")
    assert (ended.code, "All is well" in ended.out) == (0, True)


def test_a_version_that_only_a_snapshot_holds_is_not_superseded(table: Table, manage: Manage) -> None:
    version = engine().create("p1", table.current_version.spec)
    TableVersion.from_sealed(version, operation="import").save(force_insert=True)
    names = {"project_id": "p1", "bucket_name": "in.c-b", "table_name": "t"}
    Snapshot.objects.create(id="s", version_id=version.ref.version_id, **names)
    assert manage("doctor", "--repair").code == 0
    assert engine().has_version(version.ref)
    Snapshot.objects.all().delete()
    assert manage("doctor").code == 1
    assert manage("doctor", "--repair").code == 0
    assert not engine().has_version(version.ref)


def test_the_directory_of_a_branch_is_made_again(project: Project, manage: Manage) -> None:
    Branch.objects.create(id="b1", project=project, name="dev")
    assert (manage("doctor").code, manage("doctor", "--repair").code, manage("doctor").code) == (1, 0, 0)
    assert engine().has_project("p1", "b1")


def test_one_changed_byte_is_only_seen_by_checksums(table: Table, manage: Manage) -> None:
    path = version_file(table)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    assert manage("doctor").code == 0
    ended = manage("doctor", "--checksums", "--repair")
    assert (ended.code, "damaged version file" in ended.out) == (1, True)


def test_links_that_show_nothing_are_remarks(bucket: Bucket, manage: Manage) -> None:
    other = Project.objects.create(id="p2")
    engine().make_project("p2")
    for name, source in (("dead", "in.c-b"), ("lost", "none"), ("good", "in.c-b")):
        Bucket.objects.create(project=other, name=name, source_project_id="p1", source_bucket_name=source)
    ended = manage("doctor")
    assert (ended.code, ended.out.count("no longer shared"), ended.out.count("that is gone")) == (0, 2, 1)
    BucketShare.objects.create(bucket=bucket, target_project=other)
    assert "no longer shared" not in manage("doctor").out
