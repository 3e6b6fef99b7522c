"""REST paths of the versions of a table."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
