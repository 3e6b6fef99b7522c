"""Who works in which project, in the console: added and removed by operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminSelectWidget

from kbstore.console import markup
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of
from storage.models import Project, ProjectMember
from storage.services.add_project_member import add_project_member
from storage.services.remove_project_member import remove_project_member

#: Rows of the panel on a project's page; the rest is one click away.
SHOWN = 50


class MemberForm(forms.Form):
    project = forms.ModelChoiceField(queryset=Project.objects.order_by("id"), widget=UnfoldAdminSelectWidget)
    user = forms.ModelChoiceField(
        label="Person",
        queryset=User.objects.filter(is_active=True, is_staff=True).order_by("username"),
        widget=UnfoldAdminSelectWidget,
        help_text="What they may do in the project is said by their groups.",
    )


def remove_warning(member: ProjectMember) -> Sequence[str]:
    return (
        f"{member.user.get_username()} no longer sees project {member.project_id}, from their next request on.",
        "What they made there stays, and so do API keys that they know: revoke those on the project's page.",
    )


def remove(request: HttpRequest, member: ProjectMember) -> str:
    remove_project_member(actor=actor_of(request), project_id=member.project_id, username=member.user.get_username())
    return markup.page_url(member.project)


COMMANDS = (
    Command(
        name="delete",
        title="Remove member",
        icon="person_remove",
        permission="delete",
        warning=remove_warning,
        run=remove,
        done="They no longer work in the project.",
    ),
)


@admin.register(ProjectMember)
class ProjectMemberAdmin(ConsoleAdmin):
    page_template = "console/member.html"
    add_form_class = MemberForm
    add_title = "Add a member"
    add_button = "Add"
    list_display = ("person", "full_name", "project_link", "groups", "since")
    list_filter = (("project", AutocompleteSelectFilter),)
    search_fields = ("user__username", "user__first_name", "user__last_name", "project__id", "project__name")
    ordering = ("user__username", "project_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProjectMember]:
        return super().get_queryset(request).select_related("user", "project").prefetch_related("user__groups")

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    @admin.display(description="Person", ordering="user__username")
    def person(self, member: ProjectMember) -> str:
        return member.user.get_username()

    @admin.display(description="Name", ordering="user__last_name")
    def full_name(self, member: ProjectMember) -> str:
        return member.user.get_full_name() or markup.EMPTY

    @admin.display(description="Project", ordering="project")
    def project_link(self, member: ProjectMember) -> str:
        return markup.page_link(member.project)

    @admin.display(description="Groups")
    def groups(self, member: ProjectMember) -> str:
        return group_badges(member.user)

    @admin.display(description="Member since", ordering="created_at")
    def since(self, member: ProjectMember) -> str:
        return markup.time(member.created_at)

    def add(self, request: HttpRequest, values: dict[str, Any]) -> str:
        project = values["project"]
        add_project_member(
            actor=actor_of(request, project.pk), project_id=project.pk, username=values["user"].get_username()
        )
        return markup.page_url(project)

    def page(self, request: HttpRequest, instance: ProjectMember) -> dict[str, Any]:
        return {
            "facts": [
                ("Person", _person(request, instance)),
                ("Name", instance.user.get_full_name() or markup.EMPTY),
                ("Project", markup.page_link(instance.project)),
                ("Groups", group_badges(instance.user)),
                ("Member since", markup.time(instance.created_at)),
                ("Last login", markup.time(instance.user.last_login)),
            ]
        }


def group_badges(user: User) -> SafeString | str:
    """The groups of somebody, which say what they may do; read with `prefetch_related` where there are many."""
    names = ["superuser"] if user.is_superuser else []
    names += [group.name for group in user.groups.all()]
    if not names:
        return markup.EMPTY
    return format_html_join(" ", '<span class="kb-badge" data-kind="key">{}</span>', ((name,) for name in names))


def members_panel(request: HttpRequest, project: Project) -> dict[str, Any]:
    """What console/members.html shows on the project's page; nothing for those who may not look at members."""
    if not request.user.has_perm("storage.view_projectmember"):
        return {}
    members = ProjectMember.objects.filter(project=project).select_related("user").prefetch_related("user__groups")
    may_remove = request.user.has_perm("storage.delete_projectmember")
    context: dict[str, Any] = {
        "members": [_row(request, member, may_remove) for member in members.order_by("user__username")[:SHOWN]],
        "members_url": markup.list_url(ProjectMember, project__id__exact=project.pk),
    }
    if request.user.has_perm("storage.add_projectmember"):
        context["new_member_url"] = reverse("admin:storage_projectmember_add", query={"project": project.pk})
    return context


def _row(request: HttpRequest, member: ProjectMember, may_remove: bool) -> dict[str, Any]:
    return {
        "person": _person(request, member),
        "username": member.user.get_username(),
        "name": member.user.get_full_name() or markup.EMPTY,
        "groups": group_badges(member.user),
        "since": markup.time(member.created_at),
        "last_login": markup.time(member.user.last_login),
        "remove_url": reverse("admin:storage_projectmember_delete", args=[member.pk]) if may_remove else "",
    }


def _person(request: HttpRequest, member: ProjectMember) -> SafeString | str:
    """A link for those who look after accounts."""
    if request.user.has_perm("auth.view_user"):
        return markup.page_link(member.user, member.user.get_username())
    return member.user.get_username()
