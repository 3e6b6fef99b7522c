"""Forms about an object that exists: a page of its own for each, as commands have, whose values a service gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse

from kbstore.console.markup import page_url
from kbstore.errors import KbstoreError


@dataclass(frozen=True)
class FormPage:
    """`save` calls the service and returns where to go next, None for the object's page.

    `prepare` fits the form to the object and to who asks. A page that is not in the header is linked by the object's
    page itself, with the address in its `form_urls`.
    """

    name: str
    title: str
    icon: str
    form: type[forms.Form]
    initial: Callable[[Any], dict[str, Any]]
    save: Callable[[HttpRequest, Any, dict[str, Any]], str | None]
    done: str
    button: str = "Save"
    permission: str = "change"
    applies: Callable[[Any], bool] = lambda _: True
    explanation: str = ""
    prepare: Callable[[HttpRequest, Any, forms.Form], None] = lambda _request, _instance, _form: None
    is_in_header: bool = True


class FormPages:
    """Mixed into a ConsoleAdmin: its form pages come before its commands, in URLs and buttons."""

    def form_pages(self) -> Sequence[FormPage]:
        return ()

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"<path:object_id>/{page.name}/", self._form_view(page), name=f"{self._url_name()}_{page.name}")
            for page in self.form_pages()
        ]
        return own + super().get_urls()  # type: ignore[misc]

    def links(self, request: HttpRequest, instance: Any) -> Sequence[tuple[str, str, str]]:
        """Further buttons of the header: title, icon and address."""
        return ()

    def may_fill_in(self, request: HttpRequest, page: FormPage, instance: Model) -> bool:
        allowed: bool = getattr(self, f"has_{page.permission}_permission")(request, instance)
        return allowed and page.applies(instance)

    def form_urls(self, request: HttpRequest, instance: Model) -> dict[str, str]:
        """The addresses of those pages that this user may fill in, by name."""
        return {
            page.name: reverse(f"admin:{self._url_name()}_{page.name}", args=[quote(instance.pk)])
            for page in self.form_pages()
            if self.may_fill_in(request, page, instance)
        }

    def _url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"  # type: ignore[attr-defined]

    def _form_view(self, page: FormPage) -> Callable[..., HttpResponseBase]:
        def view(request: HttpRequest, object_id: str) -> HttpResponseBase:
            instance = self._found(request, object_id)  # type: ignore[attr-defined]
            if instance is None:
                return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
            if not self.may_fill_in(request, page, instance):
                raise PermissionDenied
            data = request.POST if request.method == "POST" else None
            form = page.form(data, initial=page.initial(instance))
            page.prepare(request, instance, form)
            if data is not None and form.is_valid():
                try:
                    target = page.save(request, instance, form.cleaned_data)
                except KbstoreError as error:
                    form.add_error(None, error.message)
                else:
                    messages.success(request, page.done)
                    return HttpResponseRedirect(target or page_url(instance))
            return self.shown(  # type: ignore[attr-defined]
                request,
                "console/object_form.html",
                title=f"{page.title}: {instance}",
                form=form,
                object=instance,
                button=page.button,
                explanation=page.explanation,
                cancel_url=page_url(instance),
            )

        return self.admin_site.admin_view(view)  # type: ignore[attr-defined]

    def _offered(self, request: HttpRequest, instance: Any) -> list[dict[str, str]]:
        urls = self.form_urls(request, instance)
        forms_here = [
            (page.title, page.icon, urls[page.name])
            for page in self.form_pages()
            if page.is_in_header and page.name in urls
        ]
        own = [
            {"title": title, "icon": icon, "url": url, "is_harmless": "yes"}
            for title, icon, url in (*self.links(request, instance), *forms_here)
        ]
        return own + super()._offered(request, instance)  # type: ignore[misc]
