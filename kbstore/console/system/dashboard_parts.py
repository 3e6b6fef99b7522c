"""The parts of the first page that are renewed while it is open."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kbstore.console.dashboard import activity, now
from kbstore.console.site import console_page


@console_page("now/", name="dashboard_now", permission=None)
def now_view(request: HttpRequest) -> HttpResponse:
    return render(request, "console/dashboard_now.html", now(request))


@console_page("activity/", name="dashboard_activity", permission=None)
def activity_view(request: HttpRequest) -> HttpResponse:
    return render(request, "console/dashboard_activity.html", activity(request))
