"""Where files of commands lie: which object of a project a provider, a root, a path and a name mean, if any."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from django.conf import settings

from files.services.objects.buckets import BUILTIN_PREFIX, builtin_name
from files.services.objects.object_url import ObjectUrl
from storage.driver.call import Call
from storage.driver.errors import INVALID_FILE_PARAMS, InvalidParameter
from storage.driver.generated.table_pb2 import ImportExportShared
from storage.driver.paths import check_reach

_Provider = ImportExportShared.FileProvider
_FilePath = ImportExportShared.FilePath
_S3_BASE = "/s3/"


def own_object(call: Call, provider: int, file_path: _FilePath) -> ObjectUrl | None:
    """The object of our own store that a location means, by the full name of its bucket; None: it lies elsewhere.

    Our own are roots that name a project's bucket, paths below the directory of files, and URLs of this server. Whether
    the object exists is for its reader. Raises WrongProject for the files of a project that the key has no business
    with, InvalidParameter for a path that leads out of them.
    """
    root, key = file_path.root, key_of(file_path)
    if provider == _Provider.HTTP and root.startswith("/"):
        return _below_files(call, root, key)
    if provider == _Provider.HTTP and "://" in root:
        return _at_our_address(call, root, key)
    if provider in (_Provider.HTTP, _Provider.S3) and _is_project(call, root):
        return _object(call, root, key)
    return None


def key_of(file_path: _FilePath) -> str:
    """Path and file name as the key of an object. Raises InvalidParameter for what is no plain path."""
    path, name = file_path.path.strip("/"), file_path.fileName.lstrip("/")
    return _checked(f"{path}/{name}" if path else name)


def refused(text: str) -> InvalidParameter:
    """What is wrong with a location, in the number that hosts know for it."""
    return InvalidParameter(text, reason=INVALID_FILE_PARAMS)


def _is_project(call: Call, root: str) -> bool:
    return root.startswith(BUILTIN_PREFIX) or (call.project_id is not None and root == call.project_id)


def _object(call: Call, root: str, key: str) -> ObjectUrl:
    project_id = check_reach(call, root.removeprefix(BUILTIN_PREFIX) if root.startswith(BUILTIN_PREFIX) else root)
    return ObjectUrl(builtin_name(project_id), key)


def _below_files(call: Call, root: str, key: str) -> ObjectUrl:
    """A path of this host counts only as the name of an object: nothing else of the disk is ever opened."""
    try:
        below = PurePosixPath(_checked(root)).relative_to(settings.FILES_DIR)
    except ValueError as error:
        raise refused("filePath.root is not below the directory of files") from error
    if not below.parts:
        project, _, key = key.partition("/")
        return _object(call, project, key)
    inner = "/".join([*below.parts[1:], *([key] if key else [])])
    return _object(call, below.parts[0], inner)


def _at_our_address(call: Call, root: str, key: str) -> ObjectUrl | None:
    """An URL of this server, signed or not: what the key may use it may use without a signature."""
    asked, ours = urlsplit(root), urlsplit(settings.BASE_URL)
    if (asked.scheme, asked.netloc) != (ours.scheme, ours.netloc):
        return None
    path = unquote(asked.path.removeprefix(ours.path))
    if not path.startswith(_S3_BASE):
        raise refused("filePath.root is no URL of an object")
    bucket, _, inner = _checked(path.removeprefix(_S3_BASE)).partition("/")
    if key and not asked.query:
        inner = f"{inner.rstrip('/')}/{key}" if inner else key
    return _object(call, bucket, inner)


def _checked(path: str) -> str:
    if "\\" in path or any(part in (".", "..") for part in path.split("/")):
        raise refused("filePath must not hold backslashes or steps such as ..")
    return path
