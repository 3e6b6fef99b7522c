"""S3 credentials in the console: created, revoked; their secrets shown once."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from files.models import S3Credential
from files.services.s3_credentials.create_s3_credential import create_s3_credential
from files.services.s3_credentials.revoke_s3_credential import revoke_s3_credential
from kbstore.console import markup
from kbstore.console.one_time_secret import keep_secret, take_secret
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of


class S3CredentialForm(forms.Form):
    project = forms.ModelChoiceField(
        queryset=apps.get_model("storage", "Project").objects.order_by("id"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Whose buckets it opens; none for every bucket.",
    )
    description = forms.CharField(
        max_length=255, widget=UnfoldAdminTextInputWidget, help_text="Who uses it, and what for."
    )
    is_read_only = forms.BooleanField(required=False, label="Read only", widget=UnfoldBooleanSwitchWidget)
    key_prefix = forms.CharField(
        required=False,
        max_length=1024,
        strip=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="It opens keys that begin so, and nothing else; empty for all.",
    )
    expires_in_days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=36_500,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Empty for a credential that does not expire.",
    )


class StateFilter(DropdownFilter):
    title = "state"
    parameter_name = "credential_state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", "active"), ("expired", "expired"), ("revoked", "revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[S3Credential]) -> QuerySet[S3Credential]:
        expired = Q(is_enabled=True, expires_at__lte=timezone.now())
        match self.value():
            case "active":
                return queryset.filter(is_enabled=True).exclude(expired)
            case "expired":
                return queryset.filter(expired)
            case "revoked":
                return queryset.filter(is_enabled=False)
        return queryset


def state_badge(credential: S3Credential) -> SafeString:
    if not credential.is_enabled:
        return markup.badge("revoked", "revoked")
    has_expired = credential.expires_at is not None and credential.expires_at <= timezone.now()
    return markup.badge("expired", "expired") if has_expired else markup.badge("active", "active")


def revoke_warning(_credential: S3Credential) -> Sequence[str]:
    return ("Every request that is signed with it is refused from now on.", "It cannot be brought back.")


def revoke(request: HttpRequest, credential: S3Credential) -> None:
    revoke_s3_credential(
        actor=actor_of(request, credential.project_id),
        project_id=credential.project_id,
        access_key_id=credential.access_key_id,
    )


COMMANDS = (
    Command(
        name="revoke",
        title="Revoke credential",
        icon="block",
        permission="change",
        warning=revoke_warning,
        run=revoke,
        done="The credential was revoked.",
        applies=lambda credential: credential.is_enabled,
    ),
)


@admin.register(S3Credential)
class S3CredentialAdmin(ConsoleAdmin):
    page_template = "console/s3_credential.html"
    add_form_class = S3CredentialForm
    add_title = "New S3 credential"
    list_display = ("access_key", "project_link", "rights", "state", "description", "used", "expires", "created")
    list_filter = (StateFilter, ("project", AutocompleteSelectFilter))
    list_select_related = ("project",)
    search_fields = ("access_key_id", "description", "project__id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[S3Credential]:
        return super().get_queryset(request).select_related("project").defer("secret")

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    @admin.display(description="Access key", ordering="access_key_id")
    def access_key(self, credential: S3Credential) -> str:
        return markup.code(credential.access_key_id)

    @admin.display(description="Project", ordering="project")
    def project_link(self, credential: S3Credential) -> str:
        return markup.page_link(credential.project) if credential.project else "every project"

    @admin.display(description="Rights", ordering="is_read_only")
    def rights(self, credential: S3Credential) -> str:
        return rights_of(credential)

    @admin.display(description="State")
    def state(self, credential: S3Credential) -> str:
        return state_badge(credential)

    @admin.display(description="Last used", ordering="last_used_at")
    def used(self, credential: S3Credential) -> str:
        return markup.time(credential.last_used_at)

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, credential: S3Credential) -> str:
        return markup.time(credential.expires_at)

    @admin.display(description="Created", ordering="created_at")
    def created(self, credential: S3Credential) -> str:
        return markup.time(credential.created_at)

    def add(self, request: HttpRequest, values: dict[str, Any]) -> str:
        days = values["expires_in_days"]
        project_id = values["project"].pk if values["project"] else None
        credential, secret = create_s3_credential(
            actor=actor_of(request, project_id),
            project_id=project_id,
            description=values["description"],
            is_read_only=values["is_read_only"],
            key_prefix=values["key_prefix"],
            expires_at=timezone.now() + datetime.timedelta(days=days) if days else None,
        )
        keep_secret(request, subject=_secret_subject(credential), secret=secret)
        return markup.page_url(credential)

    def page(self, request: HttpRequest, instance: S3Credential) -> dict[str, Any]:
        return {
            "secret": take_secret(request, subject=_secret_subject(instance)),
            "secret_note": f"The secret of access key {instance.access_key_id}.",
            "facts": [
                ("Access key", markup.code(instance.access_key_id)),
                ("State", state_badge(instance)),
                ("Opens", markup.page_link(instance.project) if instance.project else "every bucket"),
                ("Rights", rights_of(instance)),
                ("Keys", markup.code(f"{instance.key_prefix}…") if instance.key_prefix else "all"),
                ("Description", instance.description or markup.EMPTY),
                ("Created", markup.time(instance.created_at)),
                ("Last used", markup.time(instance.last_used_at)),
                ("Expires", markup.time(instance.expires_at) if instance.expires_at else "never"),
            ],
        }


def rights_of(credential: S3Credential) -> str:
    return "read" if credential.is_read_only else "read and write"


def _secret_subject(credential: S3Credential) -> str:
    return f"s3:{credential.access_key_id}"
