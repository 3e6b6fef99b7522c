"""What an import reads: objects of the project, however they are named, or of another S3 that is allowed here."""

from __future__ import annotations

import hmac
import time
from urllib.parse import parse_qs, unquote, urlsplit

from google.protobuf.any_pb2 import Any

from files.errors import ObjectBucketNotAllowed
from files.services.objects.buckets import BUILTIN_PREFIX, builtin_name
from files.services.objects.gather_objects import DIRECTORY
from files.services.objects.object_url import ObjectUrl
from files.services.objects.own_url import OwnUrl
from files.services.objects.project_place import ProjectObjects
from files.services.remote_objects.sign_request import RemoteCredentials
from storage.driver.call import Call
from storage.driver.files import key_of, own_object, refused
from storage.driver.generated.table_pb2 import ImportExportShared
from storage.driver.messages import unpack_as
from storage.driver.paths import check_reach
from storage.services.import_source import ImportSource, seal_credentials

_Provider = ImportExportShared.FileProvider
_FilePath = ImportExportShared.FilePath
_S3_PATH = "/s3/"
_DEFAULT_REGION = "us-east-1"


def import_source(
    call: Call, project_id: str, provider: int, path: _FilePath, *, credentials: Any, kind: str
) -> ImportSource:
    """What to read: of `kind`, see `ImportSource`. Nothing is looked for yet, and nothing is ever opened by its path.

    Raises InvalidParameter for all that is neither the project's nor of an S3; WrongProject for another project's.
    """
    if provider not in (_Provider.HTTP, _Provider.S3):
        raise refused(f"Unsupported file provider: {provider}")
    found = own_object(call, provider, path) or _signed_object(call, path.root) or _of_own_bucket(project_id, path)
    if found is not None:
        if found.bucket.startswith(BUILTIN_PREFIX) and found.bucket != builtin_name(project_id):
            raise refused("The file lies outside of the project's files")
        return ImportSource(_url(found.bucket, found.key, kind), kind)
    if provider == _Provider.HTTP:
        raise refused("The file is neither one of the project's files nor a URL of this server")
    return _elsewhere(project_id, path, credentials, kind)


def _signed_object(call: Call, root: str) -> ObjectUrl | None:
    """The object of a URL that this installation has signed for reading, under whatever name clients reach it."""
    address, _, query = root.partition("?")
    fields = {name: values[0] for name, values in parse_qs(query).items()}
    signature, expires = fields.get("signature", ""), fields.get("expires", "")
    try:
        bucket, _, key = unquote(urlsplit(address).path.partition(_S3_PATH)[2]).partition("/")
    except ValueError:
        return None
    expected = OwnUrl("GET", bucket, key, expires, fields.get("content_type")).signature()
    if not hmac.compare_digest(expected.encode(), signature.encode()) or time.time() > int(expires):
        return None
    project_id = check_reach(call, bucket.removeprefix(BUILTIN_PREFIX))
    return ObjectUrl(builtin_name(project_id), key)


def _of_own_bucket(project_id: str, path: _FilePath) -> ObjectUrl | None:
    """The object in a bucket that the project has made for itself over S3."""
    try:
        bucket = ProjectObjects(project_id).bucket(path.root)
    except ObjectBucketNotAllowed:
        return None
    return ObjectUrl(bucket.name, key_of(path))


def _elsewhere(project_id: str, path: _FilePath, credentials: Any, kind: str) -> ImportSource:
    """Whether the installation allows that service is for whoever opens it."""
    sent = unpack_as(credentials, ImportExportShared.S3Credentials) if credentials.type_url else None
    if not path.root or "/" in path.root or sent is None or not sent.key or not sent.secret:
        raise refused("The bucket is none of the project, and there are no credentials for another S3")
    region = sent.region or _DEFAULT_REGION
    if not region.isascii() or not region.replace("-", "").isalnum():
        raise refused("The region of the S3 credentials is malformed")
    return ImportSource(
        _url(path.root, key_of(path), kind),
        kind,
        endpoint=f"https://s3.{region}.amazonaws.com",
        region=region,
        secrets=seal_credentials(RemoteCredentials(sent.key, sent.secret, sent.token), project_id=project_id),
    )


def _url(bucket: str, key: str, kind: str) -> str:
    """The URL that imports know it by. Raises InvalidParameter for a key with empty steps, or none."""
    plain = key.strip("/")
    if not all(plain.split("/")):
        raise refused("The path of the file is empty or holds empty steps")
    return str(ObjectUrl(bucket, f"{plain}/" if kind == DIRECTORY else plain))
