"""Table versions: the facts of one immutable file."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from storage.engine.specs import ColumnSpec, SealedVersion, TableSpec, VersionRef


class TableVersion(models.Model):
    """One row a file in `versions`. Columns and key belong to the version, so history knows the old shape too."""

    id = models.CharField(primary_key=True, max_length=32)
    project = models.ForeignKey("storage.Project", on_delete=models.CASCADE, related_name="+")
    table = models.ForeignKey("storage.Table", on_delete=models.SET_NULL, null=True, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    operation = models.CharField(max_length=32)
    columns = models.JSONField()
    primary_key = models.JSONField(default=list)
    row_count = models.BigIntegerField()
    size_bytes = models.BigIntegerField()
    checksum = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=64, null=True)
    job = models.ForeignKey("storage.Job", on_delete=models.SET_NULL, null=True, related_name="versions")

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=["table", "-number"], name="version_history"),)

    def __str__(self) -> str:
        return self.id

    @property
    def ref(self) -> VersionRef:
        return VersionRef(self.project_id, self.id)

    @property
    def spec(self) -> TableSpec:
        return TableSpec(tuple(ColumnSpec.from_json(column) for column in self.columns), tuple(self.primary_key))

    @property
    def sealed(self) -> SealedVersion:
        return SealedVersion(self.ref, self.spec, self.row_count, self.size_bytes, self.checksum)

    @classmethod
    def from_sealed(cls, sealed: SealedVersion, *, operation: str) -> TableVersion:
        return cls(
            id=sealed.ref.version_id,
            project_id=sealed.ref.project_id,
            operation=operation,
            columns=[column.to_json() for column in sealed.spec.columns],
            primary_key=list(sealed.spec.primary_key),
            row_count=sealed.row_count,
            size_bytes=sealed.size_bytes,
            checksum=sealed.checksum,
        )
