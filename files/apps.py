"""The Django app of the files package."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "files"
