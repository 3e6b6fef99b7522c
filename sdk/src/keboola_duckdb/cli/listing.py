"""How every `list` command fetches and shows what it lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from keboola_duckdb.cli.output import Column
from keboola_duckdb.cli.session import Session

#: The largest page that the server gives.
LARGEST_PAGE = 1000


def show_list(
    session: Session,
    *where: str,
    list_page: Callable[..., Any],
    iterate: Callable[..., Iterable[Any]],
    columns: Sequence[Column],
    limit: int,
    everything: bool,
    **filters: Any,
) -> None:
    """Up to `limit` things, or all; a note on stderr says when there are more."""
    chosen = {name: value for name, value in filters.items() if value is not None}
    if everything or limit > LARGEST_PAGE:
        found = iterate(*where, page_size=LARGEST_PAGE, **chosen)
        session.rows(found if everything else islice(found, limit), columns)
        return
    page = list_page(*where, limit=limit, **chosen)
    session.rows(page.items, columns)
    if page.total > len(page.items):
        session.say(f"{len(page.items)} of {page.total} shown: --limit N or --all shows more.")
