"""The operators' AdminSite."""

from unfold.sites import UnfoldAdminSite


class ConsoleSite(UnfoldAdminSite):
    """The console at /admin/."""
