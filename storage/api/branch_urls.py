"""REST paths of dev branches."""

from __future__ import annotations

from django.urls import URLPattern, path

from storage.api.views import branches

_BRANCHES = "projects/<str:project_id>/branches"
_BRANCH = f"{_BRANCHES}/<str:branch_id>"
_TABLE = f"{_BRANCH}/tables/<str:bucket_name>/<str:table_name>"

urlpatterns: list[URLPattern] = [
    path(_BRANCHES, branches.BranchesView.as_view()),
    path(_BRANCH, branches.BranchView.as_view()),
    path(f"{_BRANCH}/diff", branches.BranchDiffView.as_view()),
    path(f"{_TABLE}/pull", branches.TablePullView.as_view()),
    path(f"{_TABLE}/push", branches.TablePushView.as_view()),
]
