"""The domain errors of files, each with the code, message and details of the contract."""

from __future__ import annotations

from typing import Any

from kbstore.errors import Conflict, Forbidden, InvalidRequest, KbstoreError, Kind, NotFound, PayloadTooLarge


class ProjectNotFound(NotFound):
    """The same answer as that of storage, which lies above this package."""

    code = "project_not_found"

    def __init__(self, project_id: str) -> None:
        super().__init__(f"Project {project_id} not found", details={"project_id": project_id})


class FileNotFound(NotFound):
    code = "file_not_found"

    def __init__(self, project_id: str, file_id: str) -> None:
        super().__init__(
            f"File {file_id} not found in project {project_id}", details={"project_id": project_id, "file_id": file_id}
        )


class FileContentNotFound(NotFound):
    code = "file_content_not_found"

    def __init__(self, file_id: str) -> None:
        super().__init__("File content not found on disk", details={"file_id": file_id})


class FileInUse(Conflict):
    """Somebody reads the content right now; deleting it may succeed later."""

    code = "file_in_use"
    retryable = True
    retry_after_seconds = 5

    def __init__(self, file_id: str) -> None:
        super().__init__("The file is being read. Try again when that is done.", details={"file_id": file_id})


class InvalidFilename(InvalidRequest):
    code = "invalid_filename"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid file name: {reason}")


class InvalidContentType(InvalidRequest):
    code = "invalid_content_type"

    def __init__(self) -> None:
        super().__init__("Invalid content type: at most 255 printable ASCII characters are allowed")


class InvalidTags(InvalidRequest):
    code = "invalid_tags"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid tags: {reason}")


class DeclaredFileTooLarge(InvalidRequest):
    """Prepare refuses by the declared size, with 400; the upload itself is refused with 413."""

    code = "file_too_large"

    def __init__(self, *, limit: int, requested: int) -> None:
        super().__init__(
            f"File size exceeds maximum of {limit} bytes",
            details={"max_size_bytes": limit, "requested_size_bytes": requested},
        )


class FileTooLarge(PayloadTooLarge):
    code = "file_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"File exceeds maximum size of {limit} bytes", details={"max_size_bytes": limit})


class QuotaExceeded(InvalidRequest):
    """`quota` is `files` or `bytes`."""

    code = "quota_exceeded"

    def __init__(self, quota: str, *, limit: int, used: int) -> None:
        super().__init__(
            f"The project's quota of {limit} {quota} is exceeded",
            details={"quota": quota, "limit": limit, "used": used},
        )


class UploadSessionNotFound(NotFound):
    code = "upload_session_not_found"

    def __init__(self, upload_key: str) -> None:
        super().__init__("Upload session not found or expired", details={"upload_key": upload_key})


class UploadSessionMismatch(Forbidden):
    code = "upload_session_mismatch"

    def __init__(self, upload_key: str, project_id: str) -> None:
        super().__init__("Upload session does not belong to this project")
        self.details = {"upload_key": upload_key, "project_id": project_id}


class UploadSessionExpired(KbstoreError):
    kind = Kind.GONE
    code = "upload_session_expired"

    def __init__(self, upload_key: str) -> None:
        super().__init__("Upload session has expired", details={"upload_key": upload_key})


class FileNotUploaded(InvalidRequest):
    code = "file_not_uploaded"

    def __init__(self, upload_key: str) -> None:
        super().__init__("File has not been uploaded yet", details={"upload_key": upload_key})


class StagedFileNotFound(NotFound):
    code = "staged_file_not_found"

    def __init__(self, upload_key: str) -> None:
        super().__init__("Staged file not found (may have been cleaned up)", details={"upload_key": upload_key})


class SizeMismatch(InvalidRequest):
    code = "size_mismatch"

    def __init__(self, *, declared: int, received: int) -> None:
        super().__init__(
            f"Received {received} bytes, but {declared} were declared",
            details={"declared_size_bytes": declared, "received_size_bytes": received},
        )


class ChecksumMismatch(InvalidRequest):
    code = "checksum_mismatch"

    def __init__(self, *, expected: str, actual: str) -> None:
        super().__init__(
            "The SHA-256 checksum of the received bytes is not the expected one",
            details={"expected_checksum_sha256": expected, "actual_checksum_sha256": actual},
        )


class InvalidChecksum(InvalidRequest):
    code = "invalid_checksum"

    def __init__(self) -> None:
        super().__init__("The expected SHA-256 checksum has to be 64 hexadecimal digits")


class InvalidContentRange(InvalidRequest):
    code = "invalid_content_range"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid Content-Range: {reason}")


class UploadOffsetMismatch(KbstoreError):
    """A resumed upload has to go on where the received bytes end, or start again at 0."""

    kind = Kind.RANGE_NOT_SATISFIABLE
    code = "upload_offset_mismatch"

    def __init__(self, *, received: int, offset: int) -> None:
        super().__init__(
            f"{received} bytes were received so far, so the next part cannot start at {offset}",
            details={"received_bytes": received, "offset": offset},
        )


class UploadInProgress(Conflict):
    code = "upload_in_progress"
    retryable = True
    retry_after_seconds = 5

    def __init__(self, upload_key: str) -> None:
        super().__init__("Another request is sending to this upload session", details={"upload_key": upload_key})


class UploadFailed(KbstoreError):
    code = "upload_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Failed to upload file: {reason}")
        self.reason = reason
        self.details: dict[str, Any] | None = None


class RegistrationFailed(KbstoreError):
    code = "registration_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Failed to register file: {reason}")
        self.details: dict[str, Any] | None = None


class RangeNotSatisfiable(KbstoreError):
    kind = Kind.RANGE_NOT_SATISFIABLE
    code = "range_not_satisfiable"

    def __init__(self, size_bytes: int) -> None:
        super().__init__("The requested range lies outside of the file", details={"size_bytes": size_bytes})
        self.size_bytes = size_bytes


class S3CredentialNotFound(NotFound):
    code = "s3_credential_not_found"

    def __init__(self, access_key_id: str) -> None:
        super().__init__(f"S3 credential {access_key_id} not found", details={"access_key_id": access_key_id})


class ExpiryInThePast(InvalidRequest):
    code = "expiry_in_the_past"

    def __init__(self) -> None:
        super().__init__("The credential would have expired already")


class InvalidObjectUrl(InvalidRequest):
    code = "invalid_object_url"

    def __init__(self, url: str, reason: str) -> None:
        shown = url.encode(errors="replace").decode()[:1100]
        super().__init__(f"Invalid URL of an object: {reason}", details={"url": shown})


class ObjectBucketNotAllowed(Forbidden):
    """The same answer for buckets of others and for none."""

    code = "object_bucket_not_allowed"

    def __init__(self, bucket: str, project_id: str) -> None:
        super().__init__(f"Bucket {bucket} is none of project {project_id}")
        self.details = {"bucket": bucket, "project_id": project_id}


class ObjectNotFound(NotFound):
    code = "object_not_found"

    def __init__(self, url: str) -> None:
        super().__init__(f"Object {url} not found", details={"url": url})


class InvalidManifest(InvalidRequest):
    code = "invalid_manifest"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"Invalid manifest: {reason}", details={"url": url})


class TooManyObjects(InvalidRequest):
    code = "too_many_objects"

    def __init__(self, limit: int) -> None:
        super().__init__(f"More than {limit} objects cannot be loaded at once", details={"max_objects": limit})


class ObjectHostNotAllowed(Forbidden):
    """The installation's list says which services its imports may read from."""

    code = "object_host_not_allowed"

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"Objects of {host} cannot be read here: {reason}")
        self.details = {"host": host}


class ObjectFetchFailed(InvalidRequest):
    code = "object_fetch_failed"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"Reading {url} failed: {reason}", details={"url": url})
