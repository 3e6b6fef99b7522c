"""All URLs: wiring only."""

from django.contrib import admin
from django.urls import include, path

from kbstore.rest.metrics_view import MetricsView
from kbstore.rest.openapi_views import OpenApiView, RedocView, SwaggerView

urlpatterns = [
    path("", include("storage.api.urls")),
    path("", include("files.api.urls")),
    path("", include("workspaces.api.urls")),
    path("driver/", include("storage.driver.bridge.urls")),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("openapi.json", OpenApiView.as_view(), name="openapi"),
    path("docs", SwaggerView.as_view(), name="docs"),
    path("redoc", RedocView.as_view(), name="redoc"),
    path("admin/", admin.site.urls),
]
handler400 = "kbstore.rest.errors.bad_request"
handler404 = "kbstore.rest.errors.not_found"
handler500 = "kbstore.rest.errors.server_error"
