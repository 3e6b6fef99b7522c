"""Where the rows of an import come from: a file of the project, or objects by URL, here or at a service elsewhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from files.services import staging
from files.services.get_file import find_file
from files.services.objects.gather_objects import FILE, KINDS, MANIFEST, gather_objects
from files.services.objects.object_place import ObjectPlace
from files.services.objects.object_url import parse_object_url
from files.services.objects.project_place import ProjectObjects
from files.services.open_file import local_file
from files.services.remote_objects.allowed_hosts import parse_endpoint, require_allowed
from files.services.remote_objects.remote_place import RemoteObjects
from files.services.remote_objects.sign_request import RemoteCredentials
from kbstore.encryption import Undecipherable, decrypt, encrypt
from storage.engine.monitor import Monitor
from storage.errors import InvalidImportSource, SourceCredentialsLost

_SECRETS = "credentials of an import"


@dataclass(frozen=True)
class ImportSource:
    """Objects by URL. `kind` is `file`, `manifest`, `prefix` or, not over REST, `directory`.

    With an `endpoint` they are those of a service elsewhere, and `secrets` are the credentials for it, sealed: this is
    kept with the job.
    """

    url: str
    kind: str = FILE
    endpoint: str | None = None
    region: str = ""
    secrets: str = ""


@dataclass(frozen=True)
class OpenedSource:
    """Local files; `path` is the directory of the `slices` if there are such. `names` are what users call them."""

    path: Path
    slices: tuple[Path, ...] | None = None
    names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def seal_credentials(credentials: RemoteCredentials, *, project_id: str) -> str:
    """The credentials as text that only this installation reads, and for this project only."""
    fields = [credentials.access_key_id, credentials.secret_access_key, credentials.session_token]
    return base64.b64encode(encrypt(_SECRETS, json.dumps(fields).encode(), owner=project_id)).decode()


def find_source(*, project_id: str, file_id: str | None, source: ImportSource | None) -> tuple[str, int | None]:
    """Name and size in bytes of what an import will read, as far as they are known before.

    Raises InvalidImportSource, FileNotFound, FileContentNotFound, ObjectNotFound, ObjectBucketNotAllowed,
    ObjectHostNotAllowed, InvalidObjectUrl.
    """
    if (file_id is None) == (source is None):
        raise InvalidImportSource("give either file_id or source_url")
    if source is None:
        file = find_file(project_id=project_id, file_id=file_id or "")
        return file.name, file.size_bytes
    if source.kind not in KINDS:
        raise InvalidImportSource(f"source_type has to be one of {', '.join(KINDS)}")
    url = parse_object_url(source.url)
    if source.endpoint is not None:
        require_allowed(parse_endpoint(source.endpoint), settings.IMPORT_S3_HOSTS)
        return url.key, None
    place = ProjectObjects(project_id)
    if source.kind in (FILE, MANIFEST):
        found = place.find(url)
        return url.key, found.size_bytes if source.kind == FILE else None
    place.bucket(url.bucket)
    return url.key, None


def check_source(source: ImportSource) -> None:
    """Raise InvalidObjectUrl, or ObjectHostNotAllowed for a service that the installation does not list."""
    parse_object_url(source.url)
    if source.endpoint is not None:
        require_allowed(parse_endpoint(source.endpoint), settings.IMPORT_S3_HOSTS)


@contextmanager
def opened_source(
    *, project_id: str, file_id: str | None, source: ImportSource | None, monitor: Monitor
) -> Iterator[OpenedSource]:
    """What an import reads, as local files for as long as the body runs, whatever becomes of file or objects."""
    if source is None:
        with local_file(project_id=project_id, file_id=file_id or "") as file:
            yield OpenedSource(file.path)
        return
    place, url = _place(project_id, source), parse_object_url(source.url)
    with staging.reading_directory() as directory:
        found = gather_objects(place, url, source.kind, directory=directory, check=monitor.check)
        monitor.bytes = sum(path.stat().st_size for path in found.paths)
        if source.kind == FILE:
            yield OpenedSource(found.paths[0], names=(str(url),))
        else:
            names = tuple(str(one) for one in found.urls)
            yield OpenedSource(found.directory, found.paths, names, found.warnings)


def _place(project_id: str, source: ImportSource) -> ObjectPlace:
    if source.endpoint is None:
        return ProjectObjects(project_id)
    try:
        fields = json.loads(decrypt(_SECRETS, base64.b64decode(source.secrets), owner=project_id))
    except Undecipherable as error:
        raise SourceCredentialsLost from error
    return RemoteObjects(parse_endpoint(source.endpoint), source.region, RemoteCredentials(*fields))
