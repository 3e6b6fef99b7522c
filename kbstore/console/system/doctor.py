"""What the doctor found: files compared with the catalog."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.response import TemplateResponse

from kbstore.console.site import console_page, framed
from kbstore.console.system.permission import SEE_SYSTEM


@console_page("system/doctor/", name="system_doctor", permission=SEE_SYSTEM)
def doctor_page(request: HttpRequest) -> TemplateResponse:
    return framed(request, "console/system/page.html", title="Doctor")
