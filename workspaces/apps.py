"""The Django app of the workspaces package."""

from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    name = "workspaces"
