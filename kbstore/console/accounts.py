"""Users and groups of the console, in its style: who may log in, and what for."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django_tasks_db.models import DBTaskResult
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from kbstore.console import account, markup  # noqa: F401 - importing registers the page of one's own account
from kbstore.console.account_events import record_account_change, record_login
from kbstore.console.delegation import groups_to_give, may_touch, permissions_to_give
from kbstore.console.rights_widgets import GroupChoice, PermissionTable, permissions_of_pages
from kbstore.console.sessions import start_session
from storage.models import ProjectMember

admin.site.unregister(User)
admin.site.unregister(Group)
# The queue's rows say nothing that the jobs do not say better.
admin.site.unregister(DBTaskResult)
user_logged_in.connect(start_session, dispatch_uid="kbstore.console.sessions")
user_logged_in.connect(record_login, dispatch_uid="kbstore.console.account_events")


class AuditedAdmin(ModelAdmin):
    """Writes into the audit log what Django would write into a log of its own."""

    class Media:
        css: ClassVar = {"all": ("kbstore/people.css",)}

    list_fullwidth = True
    empty_value_display = markup.EMPTY
    #: Deleting many at once is a click too easy: one at a time, each with its page that asks.
    actions = None

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the buttons that open windows for related things."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        self._record(request, "create", obj)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        self._record(request, "change", obj, changed=_changed_fields(message))

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self._record(request, "delete", obj)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        name = str(found) if found is not None else object_id
        return HttpResponseRedirect(reverse("admin:storage_event_changelist", query={"q": name}))

    def _record(self, request: HttpRequest, verb: str, obj: Model, **details: Any) -> None:
        kind = str(obj._meta.model_name)
        record_account_change(request, verb=verb, resource_type=kind, resource_id=str(obj), **details)


def _changed_fields(message: Any) -> list[str]:
    """From Django's description of a change."""
    if not isinstance(message, list):
        return []
    return [field for part in message for field in part.get("changed", {}).get("fields", ())]


@admin.register(User)
class OperatorAdmin(AuditedAdmin, UserAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    filter_horizontal = ()
    list_display = ("username", "full_name", "email", "in_groups", "in_projects", "may_log_in", "last_seen")
    list_filter = (("groups", RelatedDropdownFilter), "is_active", "is_superuser")
    readonly_fields = ("last_login", "date_joined", "projects", "password_set")
    add_fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email", "password1", "password2", "groups")}),
    )
    fieldsets = (
        (None, {"fields": ("username", "password_set", "first_name", "last_name", "email")}),
        ("Rights", {"fields": ("is_active", "is_superuser", "groups", "projects")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users = super().get_queryset(request).prefetch_related("groups")
        return users.annotate(project_count=Count("project_memberships"))

    @admin.display(description="Name", ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name() or markup.EMPTY

    @admin.display(description="Groups")
    def in_groups(self, user: User) -> str:
        names = ["superuser"] if user.is_superuser else []
        names += [group.name for group in user.groups.all()]
        shown = format_html_join(" ", '<span class="kb-badge" data-kind="key">{}</span>', ((name,) for name in names))
        return shown or markup.EMPTY

    @admin.display(description="Projects", ordering="project_count")
    def in_projects(self, user: Any) -> str:
        if not user.project_count:
            return markup.EMPTY
        return markup.link(markup.list_url(ProjectMember, q=user.get_username()), user.project_count)

    @admin.display(description="State", ordering="is_active")
    def may_log_in(self, user: User) -> str:
        is_open = user.is_active and user.is_staff
        return markup.badge("active" if is_open else "revoked", "active" if is_open else "locked")

    @admin.display(description="Last login", ordering="last_login")
    def last_seen(self, user: User) -> str:
        return markup.time(user.last_login)

    @admin.display(description="Password")
    def password_set(self, user: User) -> str:
        url = reverse("admin:auth_user_password_change", args=[user.pk])
        return markup.link(url, "Set a new password" if user.has_usable_password() else "Set a password")

    @admin.display(description="Member of projects")
    def projects(self, user: User) -> str:
        members = ProjectMember.objects.filter(user=user).select_related("project")
        links = format_html_join(", ", "{}", ((markup.page_link(member.project),) for member in members))
        add = markup.link(reverse("admin:storage_projectmember_add", query={"user": user.pk}), "Add to a project")
        return format_html("{} {}", links, add) if links else add

    # --- nobody gives what they have not

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        is_self = obj is not None and obj.pk == request.user.pk
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj) and not is_self

    def _may_touch(self, request: HttpRequest, user: User | None) -> bool:
        return user is None or may_touch(request.user, user)  # type: ignore[arg-type]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        if obj is not None and obj.pk == request.user.pk:
            # Whoever locks themselves out needs somebody with a shell to get in again.
            fields += ("is_active", "is_superuser")
        return fields if request.user.is_superuser else (*fields, "is_superuser")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            return GroupChoice(groups_to_give(request.user), required=False)  # type: ignore[arg-type]
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @transaction.atomic
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        return super().user_change_password(request, id, form_url)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.is_staff = True  # everybody here is somebody of the console
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, f"{obj} may log in now.")
        return HttpResponseRedirect(markup.page_url(obj))


@admin.register(Group)
class OperatorGroupAdmin(AuditedAdmin, GroupAdmin):
    list_display = ("name", "people")
    filter_horizontal = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(people_count=Count("user"))

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def _may_touch(self, request: HttpRequest, group: Group | None) -> bool:
        return group is None or groups_to_give(request.user).filter(pk=group.pk).exists()  # type: ignore[arg-type]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "permissions":
            offered = permissions_of_pages(permissions_to_give(request.user))  # type: ignore[arg-type]
            return forms.ModelMultipleChoiceField(offered, required=False, widget=PermissionTable)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description="People", ordering="people_count")
    def people(self, group: Any) -> str:
        return markup.link(markup.list_url(User, groups__id__exact=group.pk), group.people_count)
