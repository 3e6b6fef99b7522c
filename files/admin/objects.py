"""Objects of the S3 endpoint in the console, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from files.models import StoredObject
from kbstore.console import formatting, markup
from kbstore.console.pages import ConsoleAdmin


class BoundedPaginator(Paginator):
    """Counts no further than to its limit: there may be millions, and each is a step of the count."""

    limit = 10_000

    @cached_property
    def count(self) -> int:
        return len(self.object_list.order_by().values_list("pk")[: self.limit])  # type: ignore[union-attr]


@admin.register(StoredObject)
class StoredObjectAdmin(ConsoleAdmin):
    page_template = "console/stored_object.html"
    paginator = BoundedPaginator
    show_full_result_count = False
    list_display = ("shown_key", "bucket_link", "size", "type", "modified")
    list_filter = (("bucket", AutocompleteSelectFilter),)
    list_select_related = ("bucket",)
    search_fields = ("key__startswith",)
    search_help_text = "The beginning of the key"
    ordering = ("bucket", "key")

    @admin.display(description="Key")
    def shown_key(self, found: StoredObject) -> str:
        return markup.cut(found.key, 100)

    @admin.display(description="Bucket")
    def bucket_link(self, found: StoredObject) -> str:
        return markup.page_link(found.bucket)

    @admin.display(description="Size")
    def size(self, found: StoredObject) -> str:
        return markup.size(found.size_bytes)

    @admin.display(description="Type")
    def type(self, found: StoredObject) -> str:
        return found.content_type or markup.EMPTY

    @admin.display(description="Modified")
    def modified(self, found: StoredObject) -> str:
        return markup.time(found.last_modified)

    def page(self, request: HttpRequest, instance: StoredObject) -> dict[str, Any]:
        checksum = f"{instance.checksum_algorithm} {instance.checksum}" if instance.checksum else markup.EMPTY
        return {
            "facts": [
                ("Key", markup.code(instance.key)),
                ("Bucket", markup.page_link(instance.bucket)),
                ("File", markup.page_link(instance.file) if instance.file else markup.EMPTY),
                ("Size", markup.size(instance.size_bytes)),
                ("Type", instance.content_type or markup.EMPTY),
                ("ETag", markup.code(instance.etag)),
                ("Checksum", checksum),
                ("Parts", len(instance.parts) if instance.parts else markup.EMPTY),
                ("Modified", markup.time(instance.last_modified)),
            ],
            "headers": formatting.facts_of(instance.headers) if instance.headers else [],
            "metadata": formatting.facts_of(instance.metadata) if instance.metadata else [],
        }
