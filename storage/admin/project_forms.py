"""The forms of a project's page: its name and its settings."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from kbstore.console.object_forms import FormPage
from kbstore.console.rights import actor_of
from storage.admin import linkable_buckets, snapshot_settings
from storage.models import Project
from storage.services.update_project import update_project


class _Indented(json.JSONEncoder):
    """Writes JSON for people to edit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**(options | {"indent": 2}))


class EditForm(forms.Form):
    name = forms.CharField(required=False, max_length=255, widget=UnfoldAdminTextInputWidget)
    settings = forms.JSONField(
        required=False,
        encoder=_Indented,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="A JSON object that programs of yours may read over the API; kbstore itself does not use it.",
    )

    def clean_settings(self) -> dict[str, Any]:
        value = self.cleaned_data["settings"]
        if value in (None, ""):
            return {}
        if not isinstance(value, dict):
            raise forms.ValidationError("This has to be a JSON object, such as {}.")
        return value


def initial(project: Project) -> dict[str, Any]:
    return {"name": project.name or "", "settings": project.settings or {}}


def save(request: HttpRequest, project: Project, values: dict[str, Any]) -> None:
    update_project(
        actor=actor_of(request, project.pk),
        project_id=project.pk,
        name=values["name"],
        project_settings=values["settings"],
    )


FORMS = (
    FormPage(
        name="edit",
        title="Edit project",
        icon="edit",
        form=EditForm,
        initial=initial,
        save=save,
        done="The project was changed.",
        is_in_header=False,
    ),
    snapshot_settings.FORM,
    linkable_buckets.FORM,
)
