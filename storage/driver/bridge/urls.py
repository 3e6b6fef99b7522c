"""Paths of the bridge, below /driver."""

from __future__ import annotations

from django.urls import path

from storage.driver import commands
from storage.driver.bridge.views import ExecuteView

commands.load()

urlpatterns = [path("execute", ExecuteView.as_view())]
