"""The wizard that loads a file into a table: send it, see what it holds, say where it goes, watch; importing
registers its pages."""

from storage.admin.load import settings_page, start_page, watch_page

__all__ = ["settings_page", "start_page", "watch_page"]
