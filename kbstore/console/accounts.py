"""Users and groups of the console, in its style."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django_tasks_db.models import DBTaskResult
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

admin.site.unregister(User)
admin.site.unregister(Group)
# The queue's rows say nothing that the jobs do not say better.
admin.site.unregister(DBTaskResult)


@admin.register(User)
class OperatorAdmin(UserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    list_fullwidth = True


@admin.register(Group)
class OperatorGroupAdmin(GroupAdmin, ModelAdmin):
    list_fullwidth = True
