"""The form that shows a bucket of another project in one's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kbstore.console import markup
from kbstore.console.object_forms import FormPage
from kbstore.console.rights import actor_of, visible
from storage.models import Bucket, Project
from storage.names import DEFAULT_BRANCH
from storage.services.link_bucket import link_bucket


class LinkForm(forms.Form):
    source = forms.ModelChoiceField(
        label="Bucket",
        queryset=Bucket.objects.none(),
        widget=UnfoldAdminSelectWidget,
        help_text="What other projects share with this one. A bucket is shared on its own page.",
    )
    name = forms.CharField(
        label="Name here",
        max_length=96,
        widget=UnfoldAdminTextInputWidget,
        help_text="Letters, digits, underscores, hyphens and single dots, such as shop-crm.",
    )


def prepare(request: HttpRequest, project: Project, form: forms.Form) -> None:
    field = form.fields["source"]
    field.queryset = linkable(request, project)  # type: ignore[attr-defined]
    field.label_from_instance = lambda bucket: f"{bucket.project_id} / {bucket.name}"  # type: ignore[attr-defined]
    field.empty_label = "Choose a bucket"  # type: ignore[attr-defined]


def linkable(request: HttpRequest, project: Project) -> Any:
    """What is shared with the project; where no share is needed, what the user sees in other projects too."""
    buckets = Bucket.objects.filter(source_project_id=None).exclude(project=project).order_by("project", "name")
    if settings.REQUIRE_SHARE_FOR_LINK:
        return buckets.filter(shares__target_project=project)
    return visible(request.user, buckets)  # type: ignore[arg-type]


def save(request: HttpRequest, project: Project, values: dict[str, Any]) -> str:
    source = values["source"]
    link = link_bucket(
        actor=actor_of(request, project.pk),
        project_id=project.pk,
        branch_id=DEFAULT_BRANCH,
        bucket_name=values["name"],
        source_project_id=source.project_id,
        source_bucket_name=source.name,
    )
    return markup.page_url(link)


FORM = FormPage(
    name="link",
    title="Link a bucket",
    icon="add_link",
    form=LinkForm,
    initial=lambda _: {},
    prepare=prepare,
    save=save,
    done="The bucket can be read in this project now.",
    button="Link",
    explanation="A link shows the tables of another project's bucket in this one, to read. Nothing is copied.",
    is_in_header=False,
)
