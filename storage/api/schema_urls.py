"""REST paths of the columns, keys and rows of a table."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
