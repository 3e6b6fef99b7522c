"""What may go wrong with objects: the codes of the S3 protocol, each with its usual message.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import re
from typing import ClassVar

from kbstore.errors import KbstoreError, Kind


class ObjectError(KbstoreError):
    """Base of them; `s3_code` is what S3 clients read, `elements` are added to the error's document."""

    s3_code: ClassVar[str] = "InternalError"
    default_message: ClassVar[str] = "We encountered an internal error. Please try again."

    def __init__(self, message: str | None = None, **elements: str) -> None:
        super().__init__(message or self.default_message)
        self.elements = elements

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "s3_code" in vars(cls):
            cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.s3_code).lower()


class AuthorizationHeaderMalformed(ObjectError):
    kind = Kind.INVALID
    s3_code = "AuthorizationHeaderMalformed"
    default_message = "The authorization header is malformed."


class AuthorizationQueryParametersError(ObjectError):
    kind = Kind.INVALID
    s3_code = "AuthorizationQueryParametersError"
    default_message = "The query string authorization parameters are malformed."


class BadDigest(ObjectError):
    kind = Kind.INVALID
    s3_code = "BadDigest"
    default_message = "The checksum you specified did not match what we received."


class BucketAlreadyExists(ObjectError):
    kind = Kind.CONFLICT
    s3_code = "BucketAlreadyExists"
    default_message = "The requested bucket name is not available. Please select a different name and try again."


class BucketNotEmpty(ObjectError):
    kind = Kind.CONFLICT
    s3_code = "BucketNotEmpty"
    default_message = "The bucket you tried to delete is not empty."


class ConditionalRequestConflict(ObjectError):
    kind = Kind.CONFLICT
    s3_code = "ConditionalRequestConflict"
    default_message = "A conflicting operation happened at the same time. Please try again."


class EntityTooLarge(ObjectError):
    kind = Kind.INVALID
    s3_code = "EntityTooLarge"
    default_message = "Your proposed upload exceeds the maximum allowed size."


class EntityTooSmall(ObjectError):
    kind = Kind.INVALID
    s3_code = "EntityTooSmall"
    default_message = "Your proposed upload is smaller than the minimum allowed size."


class IncompleteBody(ObjectError):
    kind = Kind.INVALID
    s3_code = "IncompleteBody"
    default_message = "You did not provide the number of bytes specified by the Content-Length header."


class InvalidAccessKeyId(ObjectError):
    kind = Kind.FORBIDDEN
    s3_code = "InvalidAccessKeyId"
    default_message = "The access key ID you provided does not exist in our records."


class InvalidArgument(ObjectError):
    kind = Kind.INVALID
    s3_code = "InvalidArgument"
    default_message = "Invalid argument."


class InvalidBucketName(ObjectError):
    kind = Kind.INVALID
    s3_code = "InvalidBucketName"
    default_message = "The specified bucket is not valid."


class InvalidDigest(ObjectError):
    kind = Kind.INVALID
    s3_code = "InvalidDigest"
    default_message = "The Content-MD5 you specified is not valid."


class InvalidLocationConstraint(ObjectError):
    kind = Kind.INVALID
    s3_code = "InvalidLocationConstraint"
    default_message = "The specified location constraint is not valid."


class InvalidObjectRange(ObjectError):
    kind = Kind.RANGE_NOT_SATISFIABLE
    s3_code = "InvalidRange"
    default_message = "The requested range is not satisfiable"


class InvalidObjectRequest(ObjectError):
    kind = Kind.INVALID
    s3_code = "InvalidRequest"
    default_message = "Invalid request."


class InvalidPart(ObjectError):
    kind = Kind.INVALID
    s3_code = "InvalidPart"
    default_message = "One or more of the specified parts could not be found, or its ETag did not match."


class InvalidPartOrder(ObjectError):
    kind = Kind.INVALID
    s3_code = "InvalidPartOrder"
    default_message = "The list of parts was not in ascending order."


class InvalidStorageClass(ObjectError):
    kind = Kind.INVALID
    s3_code = "InvalidStorageClass"
    default_message = "The storage class you specified is not valid."


class InvalidURI(ObjectError):
    kind = Kind.INVALID
    s3_code = "InvalidURI"
    default_message = "Could not parse the specified URI."


class KeyTooLongError(ObjectError):
    kind = Kind.INVALID
    s3_code = "KeyTooLongError"
    default_message = "Your key is too long."


class MalformedTrailerError(ObjectError):
    kind = Kind.INVALID
    s3_code = "MalformedTrailerError"
    default_message = (
        "The request contained trailing data that was not well-formed or did not conform to our published schema."
    )


class MalformedXML(ObjectError):
    kind = Kind.INVALID
    s3_code = "MalformedXML"
    default_message = "The XML you provided was not well-formed or did not validate against our published schema."


class MetadataTooLarge(ObjectError):
    kind = Kind.INVALID
    s3_code = "MetadataTooLarge"
    default_message = "Your metadata headers exceed the maximum allowed metadata size."


class MethodNotAllowed(ObjectError):
    kind = Kind.METHOD_NOT_ALLOWED
    s3_code = "MethodNotAllowed"
    default_message = "The specified method is not allowed against this resource."


class MissingContentLength(ObjectError):
    kind = Kind.LENGTH_REQUIRED
    s3_code = "MissingContentLength"
    default_message = "You must provide the Content-Length HTTP header."


class NoSuchBucket(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "NoSuchBucket"
    default_message = "The specified bucket does not exist"


class NoSuchKey(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "NoSuchKey"
    default_message = "The specified key does not exist."


class NoSuchUpload(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "NoSuchUpload"
    default_message = (
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
        "aborted or completed."
    )


class NoSuchVersion(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "NoSuchVersion"
    default_message = "The specified version does not exist."


class NotSupportedByServer(ObjectError):
    kind = Kind.NOT_SUPPORTED
    s3_code = "NotImplemented"
    default_message = "A header or query you provided implies functionality that is not implemented."


class ObjectAccessDenied(ObjectError):
    kind = Kind.FORBIDDEN
    s3_code = "AccessDenied"
    default_message = "Access Denied"


class ObjectQuotaExceeded(ObjectError):
    kind = Kind.FORBIDDEN
    s3_code = "QuotaExceeded"
    default_message = "The quota of the project is exceeded."


class ObjectRequestTimeout(ObjectError):
    kind = Kind.INVALID
    s3_code = "RequestTimeout"
    default_message = "Your socket connection to the server was not read from or written to within the timeout period."


class OperationAborted(ObjectError):
    kind = Kind.CONFLICT
    s3_code = "OperationAborted"
    default_message = "A conflicting conditional operation is currently in progress against this resource. Try again."


class PreconditionFailed(ObjectError):
    kind = Kind.PRECONDITION_FAILED
    s3_code = "PreconditionFailed"
    default_message = "At least one of the preconditions you specified did not hold."


class RequestTimeTooSkewed(ObjectError):
    kind = Kind.FORBIDDEN
    s3_code = "RequestTimeTooSkewed"
    default_message = "The difference between the request time and the server's time is too large."


class SignatureDoesNotMatch(ObjectError):
    kind = Kind.FORBIDDEN
    s3_code = "SignatureDoesNotMatch"
    default_message = "The request signature we calculated does not match the signature you provided"


class SlowDown(ObjectError):
    kind = Kind.UNAVAILABLE
    s3_code = "SlowDown"
    default_message = "Please reduce your request rate."


class XAmzContentSHA256Mismatch(ObjectError):
    kind = Kind.INVALID
    s3_code = "XAmzContentSHA256Mismatch"
    default_message = "The provided 'x-amz-content-sha256' header does not match what was computed."
