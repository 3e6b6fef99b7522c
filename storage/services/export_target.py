"""Write rows of a table into objects of its project: one, or slices and a manifest that names them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from files.models import ObjectBucket
from files.services import staging
from files.services.objects.gather_objects import MANIFEST_SUFFIX
from files.services.objects.object_url import ObjectUrl, parse_object_url
from files.services.objects.project_place import ProjectObjects
from files.services.objects.store_local_object import store_local_object
from storage.engine.monitor import Monitor
from storage.engine.specs import ExportSpec
from storage.errors import InvalidExportTarget
from storage.models import TableVersion
from storage.runtime import engine

CONTENT_TYPES = {"csv": "text/csv", "parquet": "application/x-parquet"}
#: Digits, suffixes and the manifest come behind the key.
_LONGEST_KEY = 1024 - 32


@dataclass(frozen=True)
class ExportTarget:
    """The URL of an object or, with `max_file_size` in bytes, what the URLs of all slices begin with."""

    url: str
    max_file_size: int | None = None


@dataclass(frozen=True)
class StoredExport:
    """What was written; `url` is that of the object or of the manifest, by the bucket's full name."""

    url: ObjectUrl
    row_count: int
    size_bytes: int
    file_count: int


def check_target(*, project_id: str, target: ExportTarget) -> tuple[ObjectBucket, str]:
    """Bucket and key. Raises InvalidObjectUrl, InvalidExportTarget, ObjectBucketNotAllowed."""
    url = parse_object_url(target.url)
    bucket = ProjectObjects(project_id).bucket(url.bucket)
    if not url.key and target.max_file_size is None:
        raise InvalidExportTarget("target_url has to name a key")
    if len(url.key.encode()) > _LONGEST_KEY:
        raise InvalidExportTarget("the key is too long")
    return bucket, url.key


def export_to_objects(
    *, project_id: str, target: ExportTarget, version: TableVersion, order: ExportSpec, monitor: Monitor
) -> StoredExport:
    """Objects that exist are overwritten. The manifest comes last, so that it never names what is not there."""
    bucket, key = check_target(project_id=project_id, target=target)
    writer = _Writer(bucket, CONTENT_TYPES[order.format], monitor.check)
    with staging.reading_directory() as directory:
        if target.max_file_size is None:
            path = directory / "export"
            outcome = engine().export(version.ref, version.spec, order, path, monitor)
            size = writer.store(path, key)
            return StoredExport(ObjectUrl(bucket.name, key), outcome.row_count, size, 1)
        sliced = engine().export_slices(version.ref, version.spec, order, directory, target.max_file_size, monitor)
        names = [f"{key}{number:012}{_suffix(order)}" for number in range(len(sliced.files))]
        sizes = [writer.store(path, name) for path, name in zip(sliced.files, names, strict=True)]
        manifest = writer.store_manifest(directory, key + MANIFEST_SUFFIX, names)
        return StoredExport(manifest, sliced.row_count, sum(sizes), len(sizes))


def _suffix(order: ExportSpec) -> str:
    is_packed = (order.format, order.compression) == ("csv", "gzip")
    return f".{order.format}{'.gz' if is_packed else ''}"


@dataclass(frozen=True)
class _Writer:
    bucket: ObjectBucket
    content_type: str
    check: Callable[[], None]

    def store(self, path: Path, key: str, content_type: str = "") -> int:
        """The size in bytes of a file that has become an object and is gone."""
        stored = store_local_object(
            bucket=self.bucket, key=key, source=path, content_type=content_type or self.content_type, check=self.check
        )
        path.unlink()
        return stored.size_bytes

    def store_manifest(self, directory: Path, key: str, names: list[str]) -> ObjectUrl:
        entries: list[dict[str, Any]] = [
            {"url": str(ObjectUrl(self.bucket.name, name)), "mandatory": True} for name in names
        ]
        path = directory / MANIFEST_SUFFIX
        with staging.disk_errors():
            path.write_text(json.dumps({"entries": entries}), encoding="utf-8")
        self.store(path, key, "application/json")
        return ObjectUrl(self.bucket.name, key)
