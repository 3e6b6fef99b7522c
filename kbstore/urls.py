"""All URLs: wiring only."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

urlpatterns = [
    path("", include("storage.api.urls")),
    path("", include("files.api.urls")),
    path("openapi.json", SpectacularAPIView.as_view(), name="openapi"),
    path("docs", SpectacularSwaggerView.as_view(url_name="openapi"), name="docs"),
    path("redoc", SpectacularRedocView.as_view(url_name="openapi"), name="redoc"),
    path("admin/", admin.site.urls),
]
handler400 = "kbstore.rest.errors.bad_request"
handler404 = "kbstore.rest.errors.not_found"
handler500 = "kbstore.rest.errors.server_error"
