"""The form for the snapshot settings of a project or a bucket, and what is in force there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from kbstore.console import markup
from kbstore.console.object_forms import FormPage
from kbstore.console.rights import actor_of
from storage.models import Bucket, Project
from storage.names import DEFAULT_BRANCH
from storage.services.snapshot_config import FULL_LOAD, SYSTEM_DEFAULTS, config_of
from storage.services.update_snapshot_settings import MAX_RETENTION_DAYS, update_snapshot_settings

_LABELS = {
    "enabled": "Snapshots",
    "auto_snapshot_triggers.drop_table": "Before a table is dropped",
    "auto_snapshot_triggers.truncate_table": "Before a table is emptied",
    "auto_snapshot_triggers.delete_all_rows": "Before all rows are deleted",
    "auto_snapshot_triggers.drop_column": "Before a column is dropped",
    FULL_LOAD: "Before a full load",
    "retention.manual_days": "Days to keep those made by hand",
    "retention.auto_days": "Days to keep those made by themselves",
}
_CHOICES = (("", "as at the level above"), ("yes", "on"), ("no", "off"))


class SnapshotSettingsForm(forms.Form):
    """A field for each setting, named by its key with `__` for the dot; an empty one is not set at this level."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for key, label in _LABELS.items():
            self.fields[key.replace(".", "__")] = _field(key, label)


def _field(key: str, label: str) -> forms.Field:
    if key.startswith("retention."):
        return forms.IntegerField(
            label=label,
            required=False,
            min_value=1,
            max_value=MAX_RETENTION_DAYS,
            widget=UnfoldAdminIntegerFieldWidget,
            help_text=f"Empty: as at the level above. Of the installation: {SYSTEM_DEFAULTS[key]}.",
        )
    return forms.ChoiceField(label=label, required=False, choices=_CHOICES, widget=UnfoldAdminSelectWidget)


def initial(owner: Project | Bucket) -> dict[str, Any]:
    """What is set at this very level."""
    values: dict[str, Any] = {}
    for group, inner in (owner.snapshot_settings or {}).items():
        if isinstance(inner, dict):
            values |= {f"{group}__{name}": _shown(value) for name, value in inner.items()}
        else:
            values[group] = _shown(inner)
    return values


def _shown(value: Any) -> Any:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def config_from(values: dict[str, Any]) -> dict[str, Any]:
    """The form's values as the service wants them: nested, and only what is set."""
    config: dict[str, Any] = {}
    for field, value in values.items():
        if value in (None, ""):
            continue
        group, _, name = field.rpartition("__")
        (config.setdefault(group, {}) if group else config)[name] = value if isinstance(value, int) else value == "yes"
    return config


def save(request: HttpRequest, owner: Project | Bucket, values: dict[str, Any]) -> None:
    place: dict[str, str] = {"project_id": owner.pk}
    if isinstance(owner, Bucket):
        place = {"project_id": owner.project_id, "branch_id": DEFAULT_BRANCH, "bucket_name": owner.name}
    update_snapshot_settings(actor=actor_of(request, place["project_id"]), **place, config=config_from(values))


def in_force(project: Project, bucket: Bucket | None = None) -> list[dict[str, Any]]:
    """Each setting with its value and the level that says so."""
    config = config_of(project, bucket)
    return [
        {"name": label, "value": _text(key, config.values[key]), "level": _level(config.levels[key])}
        for key, label in _LABELS.items()
        if key in config.values
    ]


def kept_after_drop(project: Project, bucket: Bucket | None = None) -> str:
    """What a page that deletes tables has to say about it."""
    config = config_of(project, bucket)
    if not config.is_triggered_by("drop_table"):
        return "No snapshot is taken. This cannot be undone."
    days = config.retention_days(automatic=True)
    return f"A snapshot of each table is taken first and kept for {days} days."


def _text(key: str, value: Any) -> Any:
    if isinstance(value, bool):
        return markup.badge("success" if value else "off", "on" if value else "off")
    return f"{value} days" if key.startswith("retention.") else value


def _level(level: str) -> str:
    return "the installation" if level == "system" else f"this {level}"


FORM = FormPage(
    name="snapshots",
    title="Snapshot settings",
    icon="photo_camera",
    form=SnapshotSettingsForm,
    initial=initial,
    save=save,
    done="The snapshot settings were changed; they hold from now on.",
    explanation="Snapshots that exist keep the expiry that they were given.",
    applies=lambda owner: not getattr(owner, "is_linked", False),
    is_in_header=False,
)
