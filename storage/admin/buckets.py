"""Buckets in the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kbstore.console import formatting, markup
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of
from storage.models import Bucket, Project, Table
from storage.names import DEFAULT_BRANCH
from storage.services.create_bucket import create_bucket
from storage.services.delete_bucket import delete_bucket

SHOWN = 200


class BucketForm(forms.Form):
    project = forms.ModelChoiceField(queryset=Project.objects.order_by("id"), widget=UnfoldAdminSelectWidget)
    name = forms.CharField(
        max_length=96,
        widget=UnfoldAdminTextInputWidget,
        help_text="Letters, digits, underscores, hyphens and single dots, such as in.c-sales.",
    )
    description = forms.CharField(required=False, max_length=1000, widget=UnfoldAdminTextInputWidget)


def delete_warning(bucket: Any) -> Sequence[str]:
    return (
        f"Removes {formatting.amount(bucket.table_count, 'table')} with {formatting.amount(bucket.row_total, 'row')} "
        f"({formatting.size(bucket.size_total)}) and their whole history.",
        "This cannot be undone.",
    )


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
class BucketAdmin(ConsoleAdmin):
    page_template = "console/bucket.html"
    add_form_class = BucketForm
    add_title = "New bucket"
    list_display = ("name", "project_link", "tables", "rows", "size", "created")
    list_filter = (("project", AutocompleteSelectFilter),)
    list_select_related = ("project",)
    search_fields = ("name", "project__id", "project__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bucket]:
        return with_numbers(super().get_queryset(request)).select_related("project")

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    @admin.display(description="Project", ordering="project")
    def project_link(self, bucket: Bucket) -> str:
        return markup.page_link(bucket.project)

    @admin.display(description="Tables", ordering="table_count")
    def tables(self, bucket: Any) -> str:
        return markup.number(bucket.table_count)

    @admin.display(description="Rows", ordering="row_total")
    def rows(self, bucket: Any) -> str:
        return markup.number(bucket.row_total)

    @admin.display(description="Size", ordering="size_total")
    def size(self, bucket: Any) -> str:
        return markup.size(bucket.size_total)

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
        context = {
            "facts": [
                ("Project", markup.page_link(instance.project)),
                ("Description", instance.description or markup.EMPTY),
                ("Tables", formatting.count(instance.table_count)),
                ("Rows", formatting.count(instance.row_total)),
                ("Size", markup.size(instance.size_total)),
                ("Created", markup.time(instance.created_at)),
            ]
        }
        if request.user.has_perm("storage.view_table"):
            context |= {
                "tables": _tables(instance),
                "tables_url": markup.list_url(Table, bucket__id__exact=instance.pk),
            }
        return context


def _tables(bucket: Bucket) -> list[dict[str, Any]]:
    tables = Table.objects.filter(bucket=bucket).select_related("branch", "current_version").order_by("name")[:SHOWN]
    return [
        {
            "link": markup.page_link(table, table.name),
            "branch": table.branch or "main",
            "columns": markup.number(len(table.current_version.columns)),
            "rows": markup.number(table.current_version.row_count),
            "size": markup.size(table.current_version.size_bytes),
            "changed": markup.time(table.current_version.created_at),
        }
        for table in tables
    ]
