"""REST paths of files."""

from django.urls import path

from files.api.views.download import DownloadView
from files.api.views.files import FilesView, FileView, PrepareView
from files.api.views.upload import UploadView

_ROOT = "projects/<str:project_id>/files"

urlpatterns = [
    path(_ROOT, FilesView.as_view(), name="files"),
    path(f"{_ROOT}/prepare", PrepareView.as_view(), name="file-prepare"),
    path(f"{_ROOT}/upload/<str:upload_key>", UploadView.as_view(), name="file-upload"),
    path(f"{_ROOT}/<str:file_id>", FileView.as_view(), name="file"),
    path(f"{_ROOT}/<str:file_id>/download", DownloadView.as_view(), name="file-download"),
]
