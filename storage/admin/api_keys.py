"""API keys in the console: created, rotated, revoked; their secrets shown once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, DropdownFilter
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kbstore.console import markup
from kbstore.console.one_time_secret import keep_secret, take_secret
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of
from storage.models import ApiKey, Branch, KeyScope, Project
from storage.services.create_api_key import create_api_key
from storage.services.revoke_api_key import revoke_api_key
from storage.services.rotate_api_key import rotate_api_key

SCOPES = {
    KeyScope.PROJECT_ADMIN: "Project admin: everything in the project",
    KeyScope.BRANCH_ADMIN: "Branch admin: everything in one dev branch",
    KeyScope.BRANCH_READ: "Branch read: look at one dev branch",
}


class ApiKeyForm(forms.Form):
    project = forms.ModelChoiceField(queryset=Project.objects.order_by("id"), widget=UnfoldAdminSelectWidget)
    scope = forms.ChoiceField(choices=list(SCOPES.items()), widget=UnfoldAdminSelectWidget)
    branch = forms.ModelChoiceField(
        queryset=Branch.objects.order_by("project", "name"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="For the two branch scopes only: a dev branch of the project.",
    )
    description = forms.CharField(
        max_length=255, widget=UnfoldAdminTextInputWidget, help_text="Who uses it, and what for."
    )
    expires_in_days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=365,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="1 to 365; empty for a key that does not expire.",
    )


class StateFilter(DropdownFilter):
    title = "state"
    parameter_name = "key_state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", "active"), ("expired", "expired"), ("revoked", "revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        expired = Q(revoked_at=None, expires_at__lte=timezone.now())
        match self.value():
            case "active":
                return queryset.filter(revoked_at=None).exclude(expired)
            case "expired":
                return queryset.filter(expired)
            case "revoked":
                return queryset.exclude(revoked_at=None)
        return queryset


def state_of(key: ApiKey) -> str:
    if key.is_revoked:
        return "revoked"
    return "active" if key.is_active(timezone.now()) else "expired"


def state_badge(key: ApiKey) -> SafeString:
    return markup.badge(state_of(key), state_of(key))


def key_row(key: ApiKey) -> dict[str, Any]:
    """A key as a row of the project's page."""
    return {
        "link": markup.page_link(key),
        "scope": key.get_scope_display(),
        "description": key.description or markup.EMPTY,
        "state": state_badge(key),
        "used": markup.time(key.last_used_at),
        "expires": markup.time(key.expires_at),
    }


def revoke_warning(_key: ApiKey) -> Sequence[str]:
    return ("Every request with this key is refused from now on.", "A revoked key cannot be brought back.")


def rotate_warning(_key: ApiKey) -> Sequence[str]:
    return (
        "A new key with the same rights and lifetime is made; its secret is shown once on the next page.",
        "Every request with the old key is refused from now on.",
    )


def revoke(request: HttpRequest, key: ApiKey) -> None:
    revoke_api_key(actor=actor_of(request, key.project_id), project_id=key.project_id, key_id=key.pk)


def rotate(request: HttpRequest, key: ApiKey) -> str:
    new, secret = rotate_api_key(actor=actor_of(request, key.project_id), project_id=key.project_id, key_id=key.pk)
    keep_secret(request, subject=_secret_subject(new), secret=secret)
    return markup.page_url(new)


COMMANDS = (
    Command(
        name="rotate",
        title="Rotate key",
        icon="autorenew",
        permission="change",
        warning=rotate_warning,
        run=rotate,
        done="The key was rotated; this is the new one.",
        applies=lambda key: not key.is_revoked,
    ),
    Command(
        name="revoke",
        title="Revoke key",
        icon="block",
        permission="change",
        warning=revoke_warning,
        run=revoke,
        done="The key was revoked.",
        applies=lambda key: not key.is_revoked,
    ),
)


@admin.register(ApiKey)
class ApiKeyAdmin(ConsoleAdmin):
    page_template = "console/api_key.html"
    add_form_class = ApiKeyForm
    add_title = "New API key"
    list_display = ("prefix", "project_link", "scope", "state", "description", "used", "expires", "created")
    list_filter = (StateFilter, ("scope", ChoicesDropdownFilter), ("project", AutocompleteSelectFilter))
    list_select_related = ("project",)
    search_fields = ("key_prefix", "id", "description", "project__id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        return super().get_queryset(request).select_related("project", "branch")

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    @admin.display(description="Key", ordering="key_prefix")
    def prefix(self, key: ApiKey) -> str:
        return markup.code(key.key_prefix)

    @admin.display(description="Project", ordering="project")
    def project_link(self, key: ApiKey) -> str:
        return markup.page_link(key.project, key.project_id)

    @admin.display(description="State")
    def state(self, key: ApiKey) -> str:
        return state_badge(key)

    @admin.display(description="Last used", ordering="last_used_at")
    def used(self, key: ApiKey) -> str:
        return markup.time(key.last_used_at)

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, key: ApiKey) -> str:
        return markup.time(key.expires_at)

    @admin.display(description="Created", ordering="created_at")
    def created(self, key: ApiKey) -> str:
        return markup.time(key.created_at)

    def add(self, request: HttpRequest, values: dict[str, Any]) -> str:
        branch = values["branch"]
        key, secret = create_api_key(
            actor=actor_of(request, values["project"].pk),
            project_id=values["project"].pk,
            description=values["description"],
            scope=values["scope"],
            branch_id=branch.pk if branch else None,
            expires_in_days=values["expires_in_days"],
        )
        keep_secret(request, subject=_secret_subject(key), secret=secret)
        return markup.page_url(key)

    def page(self, request: HttpRequest, instance: ApiKey) -> dict[str, Any]:
        return {
            "secret": take_secret(request, subject=_secret_subject(instance)),
            "secret_note": f"Scope: {instance.get_scope_display().lower()}.",
            "facts": [
                ("Key", markup.code(instance.key_prefix)),
                ("ID", markup.code(instance.pk)),
                ("State", state_badge(instance)),
                ("Project", markup.page_link(instance.project)),
                ("Scope", instance.get_scope_display()),
                ("Branch", instance.branch or markup.EMPTY),
                ("Description", instance.description or markup.EMPTY),
                ("Created", markup.time(instance.created_at)),
                ("Last used", markup.time(instance.last_used_at)),
                ("Expires", markup.time(instance.expires_at) if instance.expires_at else "never"),
                ("Revoked", markup.time(instance.revoked_at)),
            ],
        }


def _secret_subject(key: ApiKey) -> str:
    return f"key:{key.pk}"
