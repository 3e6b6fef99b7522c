"""The catalog's tables of files."""

from files.models.content import Content
from files.models.file import File, FileState
from files.models.multipart import MultipartUpload, UploadedPart
from files.models.object_bucket import ObjectBucket
from files.models.s3_credential import S3Credential
from files.models.stored_object import StoredObject

__all__ = [
    "Content",
    "File",
    "FileState",
    "MultipartUpload",
    "ObjectBucket",
    "S3Credential",
    "StoredObject",
    "UploadedPart",
]
