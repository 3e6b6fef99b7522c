"""The upload path as Django sees it: its rule and its place in the OpenAPI document.

The server answers uploads in front of Django, which would spool the body (`files.api.upload`).
"""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from files.api.schemas import UploadReceipt
from kbstore.access import Need
from kbstore.errors import ServiceUnavailable
from kbstore.rest.views import ApiView

_CHECKSUM = OpenApiParameter(
    "X-Checksum-Sha256", str, OpenApiParameter.HEADER, description="Expected SHA-256 of the whole file, 64 hex digits"
)
_FORM = {
    "multipart/form-data": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}, "checksum_sha256": {"type": "string"}},
    }
}


class UploadView(ApiView):
    """Reached only on a server that does not mount the upload application."""

    needs = {"POST": Need.FILES, "PUT": Need.FILES}

    @extend_schema(
        operation_id="upload_file",
        tags=["files"],
        request=_FORM,
        responses={200: UploadReceipt},
        parameters=[_CHECKSUM],
    )
    def post(self, request: Request, project_id: str, upload_key: str) -> Response:
        raise ServiceUnavailable("Uploads are not served here.")

    @extend_schema(
        operation_id="upload_file_raw",
        tags=["files"],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={200: UploadReceipt, 308: None},
        parameters=[
            _CHECKSUM,
            OpenApiParameter(
                "Content-Range",
                str,
                OpenApiParameter.HEADER,
                description=(
                    "`bytes first-last/total` to send a file in parts: 308 with `Range: bytes=0-n` until it is "
                    "complete; `bytes */total` with no body asks what has arrived"
                ),
            ),
        ],
    )
    def put(self, request: Request, project_id: str, upload_key: str) -> Response:
        raise ServiceUnavailable("Uploads are not served here.")
