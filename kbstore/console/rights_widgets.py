"""Form fields for rights: groups with what they are for, and the permissions of a group as a table."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from kbstore.console.groups import OPERATORS, PROJECT_MEMBERS, VIEWERS
from kbstore.console.rights import KNOWN_MODELS

#: Columns of the table: what Django puts in front of a model's name.
ACTIONS = {"view": "See", "add": "Add", "change": "Change", "delete": "Delete"}
_PURPOSE = {
    OPERATORS: "see and change everything, in every project, and look after accounts",
    PROJECT_MEMBERS: "see and change the projects that they are members of",
    VIEWERS: "see every project and change nothing",
}


def permissions_of_pages(permissions: QuerySet[Permission]) -> QuerySet[Permission]:
    """Those that decide about something in the console, in the order of the table; others would say nothing."""
    known = Q()
    for label in KNOWN_MODELS:
        app_label, model = label.split(".")
        known |= Q(content_type__app_label=app_label, content_type__model=model)
    shown = permissions.filter(known).select_related("content_type")
    return shown.order_by("content_type__app_label", "content_type__model", "codename")


class GroupChoice(forms.ModelMultipleChoiceField):
    """Groups to tick, each with what it is for."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def label_from_instance(self, obj: Group) -> str:
        purpose = _PURPOSE.get(obj.name)
        return f"{obj.name}: {purpose}" if purpose else obj.name


class PermissionTable(forms.CheckboxSelectMultiple):
    """One row for each kind of thing, one column for each verb, and what fits into no column below."""

    template_name = "console/permission_table.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        chosen = {str(each) for each in value or ()}
        rows: dict[str, dict[str, Any]] = {}
        others = []
        for key, _label in self.choices:
            permission: Permission = key.instance  # type: ignore[union-attr]
            box = {"value": permission.pk, "is_checked": str(permission.pk) in chosen, "label": permission.name}
            verb = permission.codename.split("_")[0]
            if verb in ACTIONS:
                rows.setdefault(_things(permission), dict.fromkeys(ACTIONS))[verb] = box
            else:
                others.append(box)
        context["verbs"] = list(ACTIONS.values())
        context["rows"] = [(things, list(boxes.values())) for things, boxes in rows.items()]
        context["others"] = others
        return context

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> SafeString:
        return render_to_string(template_name, context)  # Django's renderer of forms does not look into our templates


def _things(permission: Permission) -> str:
    model = permission.content_type.model_class()
    name = str(model._meta.verbose_name_plural if model else permission.content_type.model)
    return name.capitalize().replace("Api ", "API ")
