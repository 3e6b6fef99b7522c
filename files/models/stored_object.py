"""Objects of the S3 endpoint: a key in a bucket, and what it names."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Described(models.Model):
    """What a client says of an object beside its bytes."""

    content_type = models.CharField(max_length=1024, blank=True, default="")
    #: Standard headers that come back as sent: lower-case name to value (content-encoding, cache-control, ...).
    headers = models.JSONField(default=dict)
    #: x-amz-meta-*: the name without that prefix, in lower case, to its value.
    metadata = models.JSONField(default=dict)
    #: CRC32, CRC32C, CRC64NVME, SHA1, SHA256.
    checksum_algorithm = models.CharField(max_length=16, blank=True, default="")
    #: FULL_OBJECT or COMPOSITE.
    checksum_type = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        abstract = True


class StoredObject(Described):
    """An object as readers see it."""

    bucket = models.ForeignKey("files.ObjectBucket", on_delete=models.CASCADE, related_name="stored_objects")
    #: Ordered by its bytes in every catalog, see the migration.
    key = models.CharField(max_length=1024)
    #: Set for what the Files API has registered: both go together.
    file = models.OneToOneField("files.File", on_delete=models.CASCADE, null=True, related_name="stored_object")
    content = models.ForeignKey("files.Content", on_delete=models.PROTECT, related_name="stored_objects")
    #: Without quotes.
    etag = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    #: Base64; of a composite one with `-{parts}`.
    checksum = models.CharField(max_length=128, blank=True, default="")
    #: For one made of parts, also of one: [[number, size in bytes, checksum or ""], ...].
    parts = models.JSONField(null=True)
    last_modified = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["bucket", "key"], name="object_key"),)

    def __str__(self) -> str:
        return self.key
