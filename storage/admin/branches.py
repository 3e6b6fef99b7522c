"""Dev branches in the console: made, compared with main, renamed, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kbstore.console import formatting, markup
from kbstore.console.object_forms import FormPage, FormPages
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of
from storage.admin.branch_compare import compare_view
from storage.admin.branch_diff import diff_rows
from storage.admin.branch_tables import pull_view, push_view
from storage.models import Branch, Project, Table
from storage.services.create_branch import create_branch
from storage.services.delete_branch import request_delete_branch
from storage.services.update_branch import update_branch

SHOWN = 200
_NAME = {"max_length": 255, "widget": UnfoldAdminTextInputWidget}


class BranchForm(forms.Form):
    project = forms.ModelChoiceField(queryset=Project.objects.order_by("id"), widget=UnfoldAdminSelectWidget)
    name = forms.CharField(**_NAME, help_text="What the branch is for, such as new-checkout.")
    description = forms.CharField(required=False, max_length=1000, widget=UnfoldAdminTextInputWidget)


class ChangeForm(forms.Form):
    name = forms.CharField(**_NAME)
    description = forms.CharField(required=False, max_length=1000, widget=UnfoldAdminTextInputWidget)


def save(request: HttpRequest, branch: Branch, values: dict[str, Any]) -> None:
    changes = {"name": values["name"], "description": values["description"] or None}
    update_branch(
        actor=actor_of(request, branch.project_id),
        project_id=branch.project_id,
        branch_id=branch.pk,
        changes=changes,
    )


def delete_warning(branch: Any) -> Sequence[str]:
    own = formatting.amount(branch.table_count, "table")
    return (
        f"Removes the branch's own versions of {own} ({formatting.size(branch.size_bytes)}), with their history.",
        "Its API keys, snapshots and jobs go too; what still works in it is stopped.",
        "Main stays as it is. This cannot be undone.",
    )


def delete(request: HttpRequest, branch: Branch) -> str:
    job = request_delete_branch(
        actor=actor_of(request, branch.project_id),
        project_id=branch.project_id,
        branch_id=branch.pk,
        respond_async=True,
    )
    may_watch = job is not None and request.user.has_perm("storage.view_job")
    return markup.page_url(job) if may_watch and job is not None else markup.list_url(Branch)


COMMANDS = (
    Command(
        name="delete",
        title="Delete branch",
        icon="delete",
        permission="delete",
        warning=delete_warning,
        run=delete,
        done="The branch is being deleted.",
    ),
)
FORMS = (
    FormPage(
        name="edit",
        title="Rename",
        icon="edit",
        form=ChangeForm,
        initial=lambda branch: {"name": branch.name, "description": branch.description or ""},
        save=save,
        done="The branch was changed.",
    ),
)


def with_numbers(branches: QuerySet[Branch]) -> QuerySet[Branch]:
    """With `table_count` and `size_bytes` of the tables that they hold themselves."""
    tables = Table.objects.filter(branch=OuterRef("pk")).order_by().values("branch")

    def number(aggregate: Any) -> Coalesce:
        return Coalesce(Subquery(tables.annotate(number=aggregate).values("number")), 0)

    return branches.annotate(table_count=number(Count("pk")), size_bytes=number(Sum("current_version__size_bytes")))


@admin.register(Branch)
class BranchAdmin(FormPages, ConsoleAdmin):
    page_template = "console/branch.html"
    add_form_class = BranchForm
    add_title = "New branch"
    list_display = ("name", "shown_id", "project_link", "tables", "size", "by", "created")
    list_filter = (("project", AutocompleteSelectFilter),)
    list_select_related = ("project",)
    search_fields = ("name", "id", "project__id", "project__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Branch]:
        return with_numbers(super().get_queryset(request)).select_related("project")

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    def form_pages(self) -> Sequence[FormPage]:
        return FORMS

    def links(self, request: HttpRequest, instance: Branch) -> Sequence[tuple[str, str, str]]:
        if not request.user.has_perm("storage.change_table"):
            return ()
        query = {"project": instance.project_id, "branch": instance.pk}
        return [("Load data", "upload_file", reverse("admin:load", query=query))]

    def get_urls(self) -> list[URLPattern]:
        of_table = "<path:object_id>/tables/<int:table_id>"
        return [
            path(f"{of_table}/pull/", self.admin_site.admin_view(pull_view(self)), name="storage_branch_pull"),
            path(f"{of_table}/compare/", self.admin_site.admin_view(compare_view(self)), name="storage_branch_compare"),
            path(f"{of_table}/push/", self.admin_site.admin_view(push_view(self)), name="storage_branch_push"),
            *super().get_urls(),
        ]

    @admin.display(description="ID", ordering="id")
    def shown_id(self, branch: Branch) -> str:
        return markup.code(branch.pk)

    @admin.display(description="Project", ordering="project")
    def project_link(self, branch: Branch) -> str:
        return markup.page_link(branch.project)

    @admin.display(description="Own tables", ordering="table_count")
    def tables(self, branch: Any) -> str:
        return markup.number(branch.table_count)

    @admin.display(description="Size", ordering="size_bytes")
    def size(self, branch: Any) -> str:
        return markup.size(branch.size_bytes)

    @admin.display(description="Made by", ordering="created_by")
    def by(self, branch: Branch) -> str:
        return markup.actor(branch.created_by or "")

    @admin.display(description="Created", ordering="created_at")
    def created(self, branch: Branch) -> str:
        return markup.time(branch.created_at)

    def add(self, request: HttpRequest, values: dict[str, Any]) -> str:
        branch = create_branch(
            actor=actor_of(request, values["project"].pk),
            project_id=values["project"].pk,
            name=values["name"],
            description=values["description"] or None,
        )
        return markup.page_url(branch)

    def page(self, request: HttpRequest, instance: Any) -> dict[str, Any]:
        context: dict[str, Any] = {
            "facts": [
                ("Project", markup.page_link(instance.project)),
                ("ID", markup.code(instance.pk)),
                *([("Description", instance.description)] if instance.description else []),
                ("Size", markup.size(instance.size_bytes)),
                ("Made by", markup.actor(instance.created_by or "")),
                ("Created", markup.time(instance.created_at)),
            ],
            "explorer_url": reverse("admin:explorer", query={"project": instance.project_id, "branch": instance.pk}),
        }
        if request.user.has_perm("storage.view_table"):
            may_change = self.has_change_permission(request, instance)
            rows, total = diff_rows(request, instance, limit=SHOWN, may_change=may_change)
            context |= {"diff": rows, "diff_total": total, "diff_shown": len(rows), "may_change": may_change}
        return context
