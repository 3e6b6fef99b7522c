"""REST paths of files."""

urlpatterns: list = []
