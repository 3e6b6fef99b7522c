"""REST paths of jobs."""

from django.urls import path

from storage.api.views.jobs import JobCancelView, JobView, ProjectJobsView

urlpatterns = [
    path("projects/<str:project_id>/jobs", ProjectJobsView.as_view()),
    path("jobs/<str:job_id>", JobView.as_view()),
    path("jobs/<str:job_id>/cancel", JobCancelView.as_view()),
]
