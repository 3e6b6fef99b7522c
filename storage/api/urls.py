"""REST paths of storage."""

urlpatterns: list = []
