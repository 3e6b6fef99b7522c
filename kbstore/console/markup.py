"""Small pieces of HTML that lists and pages share; everything a user wrote is escaped."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kbstore.console import formatting

EMPTY = "–"


def page_url(instance: Model) -> str:
    meta = instance._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[quote(instance.pk)])


def list_url(model: type[Model], **filters: Any) -> str:
    """The list, filtered; filters as in the address bar."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", query=filters or None)


def page_link(instance: Model, text: Any = None) -> SafeString:
    return link(page_url(instance), instance if text is None else text)


def link(url: str, text: Any) -> SafeString:
    return format_html('<a class="kb-link" href="{}">{}</a>', url, text)


def badge(kind: str, text: Any) -> SafeString:
    """`kind` is a state: it gives the colour."""
    return format_html('<span class="kb-badge" data-kind="{}">{}</span>', kind, text)


def time(value: datetime.datetime | None) -> SafeString | str:
    """In UTC; the page's script turns it into the reader's time zone, and in lists cuts the seconds."""
    if value is None:
        return EMPTY
    shown = formatting.moment(value)
    return format_html('<time class="kb-time" datetime="{}" title="{} UTC">{}</time>', value.isoformat(), shown, shown)


def number(value: int | None) -> SafeString:
    return format_html('<span class="kb-number">{}</span>', formatting.count(value))


def size(value: int | None) -> SafeString:
    title = "" if value is None else f"{value:,} bytes"
    return format_html('<span class="kb-number" title="{}">{}</span>', title, formatting.size(value))


def code(text: Any) -> SafeString:
    return format_html('<span class="kb-code">{}</span>', text)


def actor(label: str) -> SafeString | str:
    """Who did it; the ids of keys are long, and their beginning tells them apart."""
    return cut(label, 17) if label else EMPTY


def cut(text: str, length: int) -> SafeString:
    """Long text shortened, whole in its tooltip."""
    if len(text) <= length:
        return format_html("{}", text)
    return format_html('<span title="{}">{}…</span>', text[:1000], text[: length - 1])
