"""What buckets and objects do not have here, under the codes with which S3 says so."""

from __future__ import annotations

from files.object_errors import ObjectError
from kbstore.errors import Kind


class NoSuchTagSet(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "NoSuchTagSet"
    default_message = "The TagSet does not exist"


class NoSuchBucketPolicy(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "NoSuchBucketPolicy"
    default_message = "The bucket policy does not exist"


class NoSuchLifecycleConfiguration(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "NoSuchLifecycleConfiguration"
    default_message = "The lifecycle configuration does not exist"


class NoSuchCORSConfiguration(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "NoSuchCORSConfiguration"
    default_message = "The CORS configuration does not exist"


class NoSuchEncryptionConfiguration(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "ServerSideEncryptionConfigurationNotFoundError"
    default_message = "The server side encryption configuration was not found"


class NoSuchObjectLockConfiguration(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "ObjectLockConfigurationNotFoundError"
    default_message = "Object Lock configuration does not exist for this bucket"


class NoSuchWebsiteConfiguration(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "NoSuchWebsiteConfiguration"
    default_message = "The specified bucket does not have a website configuration"


class NoSuchReplicationConfiguration(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "ReplicationConfigurationNotFoundError"
    default_message = "The replication configuration was not found"


class NoSuchPublicAccessBlockConfiguration(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "NoSuchPublicAccessBlockConfiguration"
    default_message = "The public access block configuration was not found"


class NoSuchOwnershipControls(ObjectError):
    kind = Kind.NOT_FOUND
    s3_code = "OwnershipControlsNotFoundError"
    default_message = "The bucket ownership controls were not found"
