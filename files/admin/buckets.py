"""Buckets of the S3 endpoint in the console, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from files.models import MultipartUpload, ObjectBucket, StoredObject
from kbstore.console import markup
from kbstore.console.pages import ConsoleAdmin

#: Objects on the bucket's page; the list has them all.
SHOWN = 50


def with_numbers(buckets: QuerySet[ObjectBucket]) -> QuerySet[ObjectBucket]:
    """With `object_count` and `size_total`, counted by the database."""
    objects = StoredObject.objects.filter(bucket=OuterRef("pk")).order_by().values("bucket")

    def number(aggregate: Any) -> Coalesce:
        return Coalesce(Subquery(objects.annotate(number=aggregate).values("number")), 0)

    return buckets.annotate(object_count=number(Count("pk")), size_total=number(Sum("size_bytes")))


@admin.register(ObjectBucket)
class ObjectBucketAdmin(ConsoleAdmin):
    page_template = "console/object_bucket.html"
    list_display = ("name", "project_link", "owner", "kind", "created")
    list_filter = (("project", AutocompleteSelectFilter),)
    list_select_related = ("project",)
    search_fields = ("name", "owner", "project__id")

    @admin.display(description="Project", ordering="project")
    def project_link(self, bucket: ObjectBucket) -> str:
        return markup.page_link(bucket.project) if bucket.project else markup.EMPTY

    @admin.display(description="Kind", ordering="is_builtin")
    def kind(self, bucket: ObjectBucket) -> str:
        return kind_of(bucket)

    @admin.display(description="Created", ordering="created_at")
    def created(self, bucket: ObjectBucket) -> str:
        return markup.time(bucket.created_at)

    def page(self, request: HttpRequest, instance: ObjectBucket) -> dict[str, Any]:
        counted = with_numbers(ObjectBucket.objects.filter(pk=instance.pk)).get()
        count: int = counted.object_count  # type: ignore[attr-defined]
        objects = StoredObject.objects.filter(bucket=instance).order_by("key")[:SHOWN]
        return {
            "facts": [
                ("Name", markup.code(instance.name)),
                ("Kind", kind_of(instance)),
                ("Project", markup.page_link(instance.project) if instance.project else markup.EMPTY),
                ("Owner", instance.owner),
                ("Objects", markup.number(count)),
                ("Size", markup.size(counted.size_total)),  # type: ignore[attr-defined]
                ("Open uploads", markup.number(MultipartUpload.objects.filter(bucket=instance).count())),
                ("Created", markup.time(instance.created_at)),
            ],
            "rows": [
                {
                    "link": markup.page_link(row, markup.cut(row.key, 100)),
                    "size": markup.size(row.size_bytes),
                    "type": row.content_type or markup.EMPTY,
                    "modified": markup.time(row.last_modified),
                }
                for row in objects
            ],
            "more_url": markup.list_url(StoredObject, bucket__id__exact=instance.pk) if count > SHOWN else None,
        }


def kind_of(bucket: ObjectBucket) -> str:
    return "of the project" if bucket.is_builtin else "made over S3"
