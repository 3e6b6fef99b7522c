"""REST paths of profiles of tables."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
