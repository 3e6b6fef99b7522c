"""All addresses of the console, filled in with things that exist: whoever adds a page is looked at without a word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, reverse


@dataclass(frozen=True)
class Route:
    name: str
    parameters: tuple[str, ...]

    @property
    def model(self) -> str:
        """`storage.table` of `storage_table_change`; empty for pages without a model."""
        return ".".join(self.name.split("_")[:2]) if self.parameters and self.name.count("_") > 1 else ""


def routes() -> list[Route]:
    """Those with a name; the others redirect to them."""
    return sorted(set(_routes(get_resolver().url_patterns, inside=False)), key=lambda route: route.name)


def _routes(patterns: list[URLPattern | URLResolver], *, inside: bool) -> Iterator[Route]:
    for entry in patterns:
        is_console = inside or str(entry.pattern) == "admin/"
        if isinstance(entry, URLResolver):
            yield from _routes(entry.url_patterns, inside=is_console)
        elif is_console and entry.name:
            yield Route(entry.name, tuple(entry.pattern.regex.groupindex))


def address(route: Route, things: dict[type[Model], Any]) -> str:
    """With the keys of things; where none fits, a 1 stands in."""
    keys = {type(thing)._meta.label_lower: thing.pk for model, thing in things.items() if model is not Model}
    names = {f"{model._meta.model_name}_id": thing.pk for model, thing in things.items() if model is not Model}
    own = keys.get(route.model)
    values = {name: names.get(name, own if own is not None else 1) for name in route.parameters}
    if "object_id" in values and own is not None:
        values["object_id"] = quote(own)
    if route.name == "app_list":
        values = {"app_label": "storage"}
    return reverse(f"admin:{route.name}", kwargs=values)
