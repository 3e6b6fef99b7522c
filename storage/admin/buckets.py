"""Buckets in the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kbstore.console import formatting, markup
from kbstore.console.object_forms import FormPage, FormPages
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of, visible
from storage.admin import bucket_shares, snapshot_settings
from storage.admin.bucket_shares import links_of, sharing_rows
from storage.admin.bucket_tables import table_rows
from storage.admin.explorer_tree import bucket_badges, with_shares
from storage.admin.snapshot_settings import in_force, kept_after_drop
from storage.models import Bucket, Project, Table
from storage.names import DEFAULT_BRANCH
from storage.services.create_bucket import create_bucket
from storage.services.delete_bucket import delete_bucket
from storage.services.unlink_bucket import unlink_bucket


class BucketForm(forms.Form):
    project = forms.ModelChoiceField(queryset=Project.objects.order_by("id"), widget=UnfoldAdminSelectWidget)
    name = forms.CharField(
        max_length=96,
        widget=UnfoldAdminTextInputWidget,
        help_text="Letters, digits, underscores, hyphens and single dots, such as in.c-sales.",
    )
    description = forms.CharField(required=False, max_length=1000, widget=UnfoldAdminTextInputWidget)


def delete_warning(bucket: Any) -> Sequence[str]:
    own = Table.objects.filter(bucket=bucket).exclude(branch=None).count()
    links = links_of(bucket).count()
    more = []
    if own:
        more.append(f"Removes the branches' own versions too: {formatting.amount(own, 'table')}.")
    if links:
        more.append(f"{formatting.amount(links, 'link')} of other projects will show nothing.")
    return (
        f"Removes {formatting.amount(bucket.table_count, 'table')} with {formatting.amount(bucket.row_total, 'row')} "
        f"({formatting.size(bucket.size_total)}) and their whole history.",
        *more,
        kept_after_drop(bucket.project, bucket),
    )


def unlink_warning(bucket: Bucket) -> Sequence[str]:
    source = f"{bucket.source_project_id} / {bucket.source_bucket_name}"
    return (
        f"{bucket.project_id} no longer shows the tables of {source}.",
        "Nothing is deleted there. The bucket can be linked again as long as it is shared.",
    )


def unlink(request: HttpRequest, bucket: Bucket) -> str:
    project_url = markup.page_url(bucket.project)
    unlink_bucket(
        actor=actor_of(request, bucket.project_id),
        project_id=bucket.project_id,
        branch_id=DEFAULT_BRANCH,
        bucket_name=bucket.name,
    )
    return project_url if request.user.has_perm("storage.view_project") else markup.list_url(Bucket)


def delete(request: HttpRequest, bucket: Any) -> str:
    delete_bucket(
        actor=actor_of(request, bucket.project_id),
        project_id=bucket.project_id,
        branch_id=DEFAULT_BRANCH,
        bucket_name=bucket.name,
        cascade=True,
    )
    return markup.list_url(Bucket)


COMMANDS = (
    Command(
        name="delete",
        title="Delete bucket",
        icon="delete",
        permission="delete",
        warning=delete_warning,
        run=delete,
        done="The bucket was deleted.",
        type_to_confirm=lambda bucket: bucket.name,
        applies=lambda bucket: not bucket.is_linked,
    ),
    Command(
        name="unlink",
        title="Remove link",
        icon="link_off",
        permission="delete",
        warning=unlink_warning,
        run=unlink,
        done="The link was removed.",
        applies=lambda bucket: bucket.is_linked,
    ),
)


def with_numbers(buckets: QuerySet[Bucket]) -> QuerySet[Bucket]:
    """With `table_count`, `row_total` and `size_total` of the default branch, counted by the database."""
    tables = Table.objects.filter(bucket=OuterRef("pk"), branch=None).order_by().values("bucket")

    def number(aggregate: Any) -> Coalesce:
        return Coalesce(Subquery(tables.annotate(number=aggregate).values("number")), 0)

    return buckets.annotate(
        table_count=number(Count("pk")),
        row_total=number(Sum("current_version__row_count")),
        size_total=number(Sum("current_version__size_bytes")),
    )


@admin.register(Bucket)
class BucketAdmin(FormPages, ConsoleAdmin):
    page_template = "console/bucket.html"
    add_form_class = BucketForm
    add_title = "New bucket"
    list_display = ("name", "project_link", "sharing", "tables", "rows", "size", "created")
    list_filter = (("project", AutocompleteSelectFilter),)
    list_select_related = ("project",)
    search_fields = ("name", "project__id", "project__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bucket]:
        return with_shares(with_numbers(super().get_queryset(request))).select_related("project")

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    def form_pages(self) -> Sequence[FormPage]:
        return (bucket_shares.FORM, snapshot_settings.FORM)

    def links(self, request: HttpRequest, instance: Bucket) -> Sequence[tuple[str, str, str]]:
        url = _load_url(request, instance)
        return [("Load data", "upload_file", url)] if url else []

    @admin.display(description="Sharing")
    def sharing(self, bucket: Any) -> str:
        return format_html_join(" ", "{}", ((badge,) for badge in bucket_badges(bucket))) or markup.EMPTY

    @admin.display(description="Project", ordering="project")
    def project_link(self, bucket: Bucket) -> str:
        return markup.page_link(bucket.project)

    @admin.display(description="Tables", ordering="table_count")
    def tables(self, bucket: Any) -> str:
        return markup.EMPTY if bucket.is_linked else markup.number(bucket.table_count)

    @admin.display(description="Rows", ordering="row_total")
    def rows(self, bucket: Any) -> str:
        return markup.EMPTY if bucket.is_linked else markup.number(bucket.row_total)

    @admin.display(description="Size", ordering="size_total")
    def size(self, bucket: Any) -> str:
        return markup.EMPTY if bucket.is_linked else markup.size(bucket.size_total)

    @admin.display(description="Created", ordering="created_at")
    def created(self, bucket: Bucket) -> str:
        return markup.time(bucket.created_at)

    def add(self, request: HttpRequest, values: dict[str, Any]) -> str:
        bucket = create_bucket(
            actor=actor_of(request, values["project"].pk),
            project_id=values["project"].pk,
            branch_id=DEFAULT_BRANCH,
            name=values["name"],
            description=values["description"] or None,
        )
        return markup.page_url(bucket)

    def page(self, request: HttpRequest, instance: Any) -> dict[str, Any]:
        context: dict[str, Any] = {
            "facts": _facts(request, instance),
            "forms": self.form_urls(request, instance),
            "is_linked": instance.is_linked,
        }
        if not instance.is_linked:
            context["snapshot_settings"] = in_force(instance.project, instance)
            context |= _sharing(request, instance)
        if request.user.has_perm("storage.view_table"):
            rows = table_rows(request, instance)
            context |= {"tables": rows or [], "is_cut_off": rows is None}
            context["tables_url"] = markup.list_url(Table, bucket__id__exact=instance.pk)
            context["load_url"] = _load_url(request, instance)
        return context


def _facts(request: HttpRequest, bucket: Any) -> list[tuple[str, Any]]:
    facts = [("Project", markup.page_link(bucket.project))]
    if bucket.description:
        facts.append(("Description", bucket.description))
    if bucket.is_linked:
        return [*facts, ("Linked from", _source(request, bucket)), ("Created", markup.time(bucket.created_at))]
    return [
        *facts,
        ("Tables", formatting.count(bucket.table_count)),
        ("Rows", formatting.count(bucket.row_total)),
        ("Size", markup.size(bucket.size_total)),
        ("Created", markup.time(bucket.created_at)),
    ]


def _source(request: HttpRequest, link: Bucket) -> str:
    """The source's name, as a link for those who see its project."""
    name = f"{link.source_project_id} / {link.source_bucket_name}"
    sources = Bucket.objects.filter(project=link.source_project_id, name=link.source_bucket_name)
    source = visible(request.user, sources).first()  # type: ignore[arg-type]
    return markup.page_link(source, name) if source else name


def _sharing(request: HttpRequest, bucket: Bucket) -> dict[str, Any]:
    """For those who look at shares."""
    if not request.user.has_perm("storage.view_bucketshare"):
        return {}
    links = list(links_of(bucket))
    may_stop = request.user.has_perm("storage.delete_bucketshare")
    shares = sharing_rows(request, bucket, links, may_stop=may_stop)
    return {"shows_sharing": True, "shares": shares}


def _load_url(request: HttpRequest, bucket: Bucket) -> str:
    if bucket.is_linked or not request.user.has_perm("storage.change_table"):
        return ""
    return reverse("admin:load", query={"project": bucket.project_id, "bucket": bucket.name})
