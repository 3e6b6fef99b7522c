"""Shares in the console: which other projects may link a bucket, taken back on a page that asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kbstore.console import formatting, markup
from kbstore.console.object_forms import FormPage
from kbstore.console.pages import Command, ConsoleAdmin
from kbstore.console.rights import actor_of, sees_every_project, visible
from storage.models import Bucket, BucketShare, Project
from storage.names import DEFAULT_BRANCH
from storage.services.share_bucket import share_bucket
from storage.services.unshare_bucket import unshare_bucket


class ShareForm(forms.Form):
    project = forms.CharField(
        label="Project",
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text="The ID of the project that may link the bucket and read all its tables, as they are and change.",
    )


def prepare(request: HttpRequest, bucket: Bucket, form: forms.Form) -> None:
    """Who sees every project chooses one; others have to know its ID."""
    if not sees_every_project(request.user):  # type: ignore[arg-type]
        return
    others = Project.objects.exclude(pk=bucket.project_id).exclude(shares_received__bucket=bucket).order_by("id")
    choices = [("", "Choose a project"), *((project.pk, str(project)) for project in others)]
    form.fields["project"].widget = UnfoldAdminSelectWidget(choices=choices)


def save(request: HttpRequest, bucket: Bucket, values: dict[str, Any]) -> None:
    share_bucket(
        actor=actor_of(request, bucket.project_id),
        project_id=bucket.project_id,
        branch_id=DEFAULT_BRANCH,
        bucket_name=bucket.name,
        target_project_id=values["project"],
    )


FORM = FormPage(
    name="share",
    title="Share bucket",
    icon="share",
    form=ShareForm,
    initial=lambda _: {},
    prepare=prepare,
    save=save,
    done="The bucket is shared. The other project reads it once it has linked it.",
    button="Share",
    applies=lambda bucket: not bucket.is_linked,
    is_in_header=False,
)


def unshare_warning(share: BucketShare) -> Sequence[str]:
    links = links_of(share.bucket).filter(project=share.target_project_id).count()
    return (
        f"{share.target_project_id} can no longer read {share.bucket.name}, from the next request on.",
        f"Its {formatting.amount(links, 'link')} to the bucket stay, and work again once the bucket is shared again.",
    )


def unshare(request: HttpRequest, share: BucketShare) -> str:
    bucket = share.bucket
    unshare_bucket(
        actor=actor_of(request, bucket.project_id),
        project_id=bucket.project_id,
        branch_id=DEFAULT_BRANCH,
        bucket_name=bucket.name,
        target_project_id=share.target_project_id,
    )
    return markup.page_url(bucket)


COMMANDS = (
    Command(
        name="delete",
        title="Stop sharing",
        icon="link_off",
        permission="delete",
        warning=unshare_warning,
        run=unshare,
        done="The bucket is no longer shared with that project.",
    ),
)


def links_of(bucket: Bucket) -> QuerySet[Bucket]:
    """The links of other projects that name this bucket."""
    return Bucket.objects.filter(source_project_id=bucket.project_id, source_bucket_name=bucket.name)


def sharing_rows(request: HttpRequest, bucket: Bucket, links: list[Bucket], *, may_stop: bool) -> list[dict[str, Any]]:
    """Who may read the bucket, since when, under which names they do."""
    shares = list(BucketShare.objects.filter(bucket=bucket).select_related("target_project"))
    projects = Project.objects.filter(pk__in=[share.target_project_id for share in shares])
    seen = set(visible(request.user, projects).values_list("pk", flat=True))  # type: ignore[arg-type]
    names: dict[str, list[str]] = {}
    for link in links:
        names.setdefault(link.project_id, []).append(link.name)
    return [
        {
            "project": share.target_project_id,
            "url": markup.page_url(share.target_project) if share.target_project_id in seen else "",
            "since": markup.time(share.created_at),
            "names": ", ".join(names.get(share.target_project_id, ())),
            "stop_url": reverse("admin:storage_bucketshare_delete", args=[share.pk]) if may_stop else "",
        }
        for share in shares
    ]


@admin.register(BucketShare)
class BucketShareAdmin(ConsoleAdmin):
    """Reached from the bucket's page."""

    page_template = "console/session.html"
    list_display = ("shared_bucket", "project_name", "target", "created")
    search_fields = ("bucket__name", "bucket__project__id", "target_project__id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BucketShare]:
        return super().get_queryset(request).select_related("bucket__project", "target_project")

    def commands(self) -> Sequence[Command]:
        return COMMANDS

    @admin.display(description="Bucket", ordering="bucket__name")
    def shared_bucket(self, share: BucketShare) -> str:
        return share.bucket.name

    @admin.display(description="Project", ordering="bucket__project")
    def project_name(self, share: BucketShare) -> str:
        return share.bucket.project_id

    @admin.display(description="Shared with", ordering="target_project")
    def target(self, share: BucketShare) -> str:
        return share.target_project_id

    @admin.display(description="Since", ordering="created_at")
    def created(self, share: BucketShare) -> str:
        return markup.time(share.created_at)

    def page(self, request: HttpRequest, instance: BucketShare) -> dict[str, Any]:
        return {
            "facts": [
                ("Bucket", markup.page_link(instance.bucket)),
                ("Project", instance.bucket.project_id),
                ("Shared with", instance.target_project_id),
                ("Since", markup.time(instance.created_at)),
            ]
        }
