"""The Django app of the storage package."""

from django.apps import AppConfig


class StorageConfig(AppConfig):
    name = "storage"
