"""Objects by URL, as requests and manifests name them: `s3://bucket/key`."""

from __future__ import annotations

from dataclasses import dataclass

from files.errors import InvalidObjectUrl

_SCHEME = "s3://"


@dataclass(frozen=True)
class ObjectUrl:
    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{_SCHEME}{self.bucket}/{self.key}"


def parse_object_url(url: str) -> ObjectUrl:
    """What an absolute URL names; nothing in it is decoded, as other S3 tools do. Raises InvalidObjectUrl."""
    if not url.startswith(_SCHEME):
        raise InvalidObjectUrl(url, "it has to begin with s3://")
    bucket, slash, key = url.removeprefix(_SCHEME).partition("/")
    if not bucket or not slash or len(bucket) > 255:
        raise InvalidObjectUrl(url, "it has to name a bucket and a key: s3://bucket/key")
    if len(key.encode(errors="replace")) > 1024 or any(mark in url for mark in ("\0", "?", "#")) or not _is_text(url):
        raise InvalidObjectUrl(url, "the key is too long or holds characters that URLs of objects have not")
    return ObjectUrl(bucket, key)


def entry_url(entry: str, manifest: ObjectUrl) -> ObjectUrl:
    """What an entry of a manifest names, which may be relative to the manifest. Raises InvalidObjectUrl."""
    if "://" in entry:
        return parse_object_url(entry)
    if entry.startswith("/"):
        return parse_object_url(f"{_SCHEME}{manifest.bucket}{entry}")
    directory = manifest.key.rpartition("/")[0]
    return parse_object_url(f"{_SCHEME}{manifest.bucket}/{directory}{'/' if directory else ''}{entry}")


def _is_text(url: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in url)
