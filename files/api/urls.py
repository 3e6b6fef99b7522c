"""REST paths of files."""

from django.urls import path

from files.api.views.download import DownloadView
from files.api.views.files import FilesView, FileView, PrepareView
from files.api.views.s3_credentials import (
    ProjectS3CredentialsView,
    ProjectS3CredentialView,
    S3CredentialsView,
    S3CredentialView,
)
from files.api.views.upload import UploadView

_ROOT = "projects/<str:project_id>/files"
_PROJECT_CREDENTIALS = "projects/<str:project_id>/s3-credentials"

urlpatterns = [
    path(_ROOT, FilesView.as_view(), name="files"),
    path(f"{_ROOT}/prepare", PrepareView.as_view(), name="file-prepare"),
    path(f"{_ROOT}/upload/<str:upload_key>", UploadView.as_view(), name="file-upload"),
    path(f"{_ROOT}/<str:file_id>", FileView.as_view(), name="file"),
    path(f"{_ROOT}/<str:file_id>/download", DownloadView.as_view(), name="file-download"),
    path(_PROJECT_CREDENTIALS, ProjectS3CredentialsView.as_view(), name="project-s3-credentials"),
    path(
        f"{_PROJECT_CREDENTIALS}/<str:access_key_id>", ProjectS3CredentialView.as_view(), name="project-s3-credential"
    ),
    path("s3-credentials", S3CredentialsView.as_view(), name="s3-credentials"),
    path("s3-credentials/<str:access_key_id>", S3CredentialView.as_view(), name="s3-credential"),
]
