"""Objects of the S3 endpoint in the console, to look at and to download."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from files.models import StoredObject
from files.services.objects.link_object import link_object
from kbstore.console import formatting, markup
from kbstore.console.pages import ConsoleAdmin
from kbstore.console.rights import actor_of
from kbstore.errors import KbstoreError


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

    def get_urls(self) -> list[URLPattern]:
        download = self.admin_site.admin_view(self.download_view)
        return [path("<int:object_pk>/download/", download, name="files_storedobject_download"), *super().get_urls()]

    def download_view(self, request: HttpRequest, object_pk: int) -> HttpResponseBase:
        """On to the S3 endpoint, which sends it as an attachment."""
        stored = self.get_queryset(request).select_related("bucket").filter(pk=object_pk).first()
        if not self.has_view_permission(request, stored):
            raise PermissionDenied
        if stored is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_pk))
        try:
            return HttpResponseRedirect(
                link_object(actor=actor_of(request, stored.bucket.project_id), stored=stored).path()
            )
        except KbstoreError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(markup.page_url(stored))

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
            "download_url": reverse("admin:files_storedobject_download", args=[instance.pk]),
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
