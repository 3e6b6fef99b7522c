"""The base of every list and page of the console: read only, and every change goes through a service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin

from kbstore.console.empty_notes import NOTES
from kbstore.console.markup import page_url
from kbstore.console.rights import limit_choices, visible
from kbstore.errors import KbstoreError


@dataclass(frozen=True)
class Command:
    """Something to do with one object, after a page that asks and says what will happen.

    `run` calls the service and returns where to go next, None for the object's page. `type_to_confirm` is a text that
    has to be typed first. A harmless one takes nothing away.
    """

    name: str
    title: str
    icon: str
    permission: str
    warning: Callable[[Any], Sequence[str]]
    run: Callable[[HttpRequest, Any], str | None]
    done: str
    applies: Callable[[Any], bool] = lambda _: True
    type_to_confirm: Callable[[Any], str] | None = None
    is_harmless: bool = False


class ConsoleAdmin(ModelAdmin):
    """A list, a page for each object, commands with confirmation and, where `add_form_class` is set, a form to add."""

    page_template: ClassVar[str]
    add_form_class: ClassVar[type[forms.Form] | None] = None
    add_title: ClassVar[str] = ""
    add_button: ClassVar[str] = "Create"
    actions = None
    list_per_page = 50
    list_fullwidth = True
    list_filter_submit = True
    show_facets = ShowFacets.NEVER  # a count for each choice of each filter costs a scan each

    def commands(self) -> Sequence[Command]:
        return ()

    @property
    def empty_note(self) -> str:
        """What the list says while there is nothing in it."""
        return NOTES.get(self.opts.label_lower, "")

    def page(self, request: HttpRequest, instance: Any) -> dict[str, Any]:
        """What the object's template shows."""
        raise NotImplementedError

    def add(self, request: HttpRequest, values: dict[str, Any]) -> str:
        """Call the service with the form's values; returns where to go next."""
        raise NotImplementedError

    # --- rights

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return visible(request.user, super().get_queryset(request))  # type: ignore[arg-type]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Who adds something is taken to its page, so looking is part of it.
        may = super().has_add_permission(request) and self.has_view_permission(request)
        return self.add_form_class is not None and may

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and any(item.name == "delete" for item in self.commands())

    def may(self, request: HttpRequest, command: Command, instance: Model) -> bool:
        allowed: bool = getattr(self, f"has_{command.permission}_permission")(request, instance)
        return allowed and command.applies(instance)

    # --- pages

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path(f"<path:object_id>/{command.name}/", self._command_view(command), name=f"{name}_{command.name}")
            for command in self.commands()
        ]
        return own + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        instance = self._found(request, object_id)
        if instance is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        context = self.page(request, instance) | {"commands": self._offered(request, instance), "object": instance}
        return self.shown(request, self.page_template, title=str(instance), **context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # The audit log is the history; Django's own log would be empty.
        return HttpResponseRedirect(reverse("admin:storage_event_changelist", query={"q": unquote(object_id)}))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        if not self.has_add_permission(request) or self.add_form_class is None:
            raise PermissionDenied
        form = self.add_form_class(request.POST if request.method == "POST" else None, initial=request.GET.dict())
        limit_choices(request.user, form)  # type: ignore[arg-type]
        if request.method == "POST":
            if form.is_valid():
                try:
                    return HttpResponseRedirect(self.add(request, form.cleaned_data))
                except KbstoreError as error:
                    form.add_error(None, error.message)
        context = {"title": self.add_title, "button": self.add_button, "cancel_url": self._list_url()}
        return self.shown(request, "console/form.html", form=form, **context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        raise PermissionDenied  # the command of this name comes first where there is one

    def shown(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        """A page in the frame of the console."""
        frame = self.admin_site.each_context(request) | {"opts": self.opts, "media": self.media}
        request.current_app = self.admin_site.name
        return TemplateResponse(request, template, frame | context)

    # --- commands

    def _command_view(self, command: Command) -> Callable[..., HttpResponseBase]:
        def view(request: HttpRequest, object_id: str) -> HttpResponseBase:
            instance = self._found(request, object_id)
            if instance is None:
                return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            if not self.may(request, command, instance):
                raise PermissionDenied
            if request.method == "POST" and _is_confirmed(request, command, instance):
                return self._run(request, command, instance)
            return self._asked(request, command, instance)

        return self.admin_site.admin_view(view)

    def _run(self, request: HttpRequest, command: Command, instance: Any) -> HttpResponse:
        page = page_url(instance)
        try:
            target = command.run(request, instance)
        except KbstoreError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(page)
        messages.success(request, command.done)
        return HttpResponseRedirect(target or page)

    def _asked(self, request: HttpRequest, command: Command, instance: Any) -> TemplateResponse:
        expected = command.type_to_confirm(instance) if command.type_to_confirm else ""
        return self.shown(
            request,
            "console/confirm.html",
            title=f"{command.title}: {instance}",
            command=command,
            object=instance,
            warnings=command.warning(instance),
            expected=expected,
            is_wrong=request.method == "POST",
            cancel_url=page_url(instance),
        )

    def _offered(self, request: HttpRequest, instance: Any) -> list[dict[str, str]]:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return [
            {
                "title": command.title,
                "icon": command.icon,
                "name": command.name,
                "is_harmless": "yes" if command.is_harmless else "",
                "url": reverse(f"{name}_{command.name}", args=[quote(instance.pk)]),
            }
            for command in self.commands()
            if self.may(request, command, instance)
        ]

    def _found(self, request: HttpRequest, object_id: str) -> Any:
        instance = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, instance):
            raise PermissionDenied
        return instance

    def _list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


def _is_confirmed(request: HttpRequest, command: Command, instance: Any) -> bool:
    if command.type_to_confirm is None:
        return True
    return request.POST.get("typed", "").strip() == command.type_to_confirm(instance)
