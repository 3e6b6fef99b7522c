"""Projects in the console."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from kbstore.console import formatting, markup
from kbstore.console.object_forms import FormPage, FormPages
from kbstore.console.one_time_secret import keep_secret, take_secret
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of, visible
from storage.admin.project_forms import FORMS
from storage.admin.project_panels import panels
from storage.admin.snapshot_settings import in_force
from storage.catalog import projects_with_numbers
from storage.models import Project, Table
from storage.services.create_project import create_project
from storage.services.delete_project import delete_project


class ProjectForm(forms.Form):
    project_id = forms.CharField(
        label="ID",
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text="Letters, digits, underscores and hyphens. It is part of every URL and cannot be changed.",
    )
    name = forms.CharField(label="Name", required=False, max_length=255, widget=UnfoldAdminTextInputWidget)


def delete_warning(project: Any) -> Sequence[str]:
    buckets, tables = formatting.amount(project.bucket_count, "bucket"), formatting.amount(project.table_count, "table")
    return (
        f"Removes {buckets} with {tables} ({formatting.size(project.size_bytes)}) and their whole history.",
        "Removes all files, API keys and jobs of the project.",
        "Running jobs are stopped. Only the audit events stay. This cannot be undone.",
    )


def delete(request: HttpRequest, project: Any) -> str:
    delete_project(actor=actor_of(request), project_id=project.pk)
    return markup.list_url(Project)


COMMANDS = (
    Command(
        name="delete",
        title="Delete project",
        icon="delete",
        permission="delete",
        warning=delete_warning,
        run=delete,
        done="The project was deleted.",
        type_to_confirm=lambda project: project.pk,
    ),
)


@admin.register(Project)
class ProjectAdmin(FormPages, ConsoleAdmin):
    page_template = "console/project.html"
    add_form_class = ProjectForm
    add_title = "New project"
    list_display = ("shown_id", "name", "buckets", "tables", "rows", "size", "created")
    ordering = ("-created_at", "-id")
    search_fields = ("id", "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        tables = Table.objects.filter(bucket__project=OuterRef("pk"), branch=None).order_by().values("bucket__project")
        rows = Subquery(tables.annotate(number=Sum("current_version__row_count")).values("number"))
        return visible(request.user, projects_with_numbers()).annotate(row_total=Coalesce(rows, 0))

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    def form_pages(self) -> Sequence[FormPage]:
        return FORMS

    def links(self, request: HttpRequest, instance: Project) -> Sequence[tuple[str, str, str]]:
        return project_links(request, instance.pk)

    @admin.display(description="ID", ordering="id")
    def shown_id(self, project: Project) -> str:
        return project.pk

    @admin.display(description="Buckets", ordering="bucket_count")
    def buckets(self, project: Any) -> str:
        return markup.number(project.bucket_count)

    @admin.display(description="Tables", ordering="table_count")
    def tables(self, project: Any) -> str:
        return markup.number(project.table_count)

    @admin.display(description="Rows", ordering="row_total")
    def rows(self, project: Any) -> str:
        return markup.number(project.row_total)

    @admin.display(description="Size", ordering="size_bytes")
    def size(self, project: Any) -> str:
        return markup.size(project.size_bytes)

    @admin.display(description="Created", ordering="created_at")
    def created(self, project: Project) -> str:
        return markup.time(project.created_at)

    def add(self, request: HttpRequest, values: dict[str, Any]) -> str:
        project, secret = create_project(
            actor=actor_of(request),
            project_id=values["project_id"],
            name=values["name"] or None,
            project_settings=None,
        )
        keep_secret(request, subject=_secret_subject(project), secret=secret)
        return markup.page_url(project)

    def page(self, request: HttpRequest, instance: Any) -> dict[str, Any]:
        return panels(request, instance) | {
            "secret": take_secret(request, subject=_secret_subject(instance)),
            "secret_note": "It may do everything in this project.",
            "facts": [
                ("ID", markup.code(instance.pk)),
                ("Name", instance.name or markup.EMPTY),
                ("Buckets", formatting.count(instance.bucket_count)),
                ("Created", markup.time(instance.created_at)),
                ("Changed", markup.time(instance.updated_at)),
            ],
            "settings_facts": formatting.facts_of(instance.settings) if instance.settings else [],
            "snapshot_settings": in_force(instance),
            "forms": self.form_urls(request, instance),
        }


def project_links(request: HttpRequest, project_id: str, **place: str) -> list[tuple[str, str, str]]:
    """The pages with which one works in a project, for those who may."""
    query = {"project": project_id} | place
    links = [("Explorer", "account_tree", reverse("admin:explorer", query={"project": project_id}))]
    if request.user.has_perm("workspaces.view_workspace"):
        links.append(("SQL", "terminal", reverse("admin:sql", query={"project": project_id})))
    if request.user.has_perm("storage.change_table"):
        links.append(("Load data", "upload_file", reverse("admin:load", query=query)))
    return links


def _secret_subject(project: Project) -> str:
    return f"project:{project.pk}"
