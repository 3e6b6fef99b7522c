"""The explorer: everything that is stored, as a tree that opens level by level and can be searched."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kbstore.console.site import console_page, framed
from storage.admin.explorer_search import search
from storage.admin.explorer_tree import Level, level_of

_PLACE = ("project", "branch", "bucket")
_MAX_SEARCH_CHARACTERS = 100
_MAX_OFFSET_DIGITS = 9


@console_page("explorer/", name="explorer", permission="storage.view_project")
@require_safe
def explorer(request: HttpRequest) -> HttpResponse:
    """The page, with its first level; `project` and `branch` in the address open those."""
    level = _found(request, {})
    wanted = [name for name in (request.GET.get("project"), request.GET.get("branch")) if name]
    new_url = reverse("admin:storage_project_add") if request.user.has_perm("storage.add_project") else ""
    return framed(request, "console/explorer/page.html", title="Explorer", level=level, wanted=wanted, new_url=new_url)


@console_page("explorer/level/", name="explorer_level", permission="storage.view_project")
@require_safe
def explorer_level(request: HttpRequest) -> HttpResponse:
    """The children of one node, for htmx."""
    place = {name: request.GET[name] for name in _PLACE if request.GET.get(name)}
    return render(request, "console/explorer/level.html", {"level": _found(request, place)})


@console_page("explorer/search/", name="explorer_search", permission="storage.view_project")
@require_safe
def explorer_search(request: HttpRequest) -> HttpResponse:
    """What was found; the whole first level where nothing is looked for."""
    text = request.GET.get("q", "").strip()[:_MAX_SEARCH_CHARACTERS]
    level = search(request.user, text) if text else _found(request, {})  # type: ignore[arg-type]
    return render(request, "console/explorer/level.html", {"level": level})


def _found(request: HttpRequest, place: dict[str, str]) -> Level:
    offset = request.GET.get("offset", "")
    start = int(offset) if offset.isdecimal() and len(offset) <= _MAX_OFFSET_DIGITS else 0
    level = level_of(request.user, place, start)  # type: ignore[arg-type]
    if level is None:
        raise Http404
    return level
