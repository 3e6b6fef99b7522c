"""Which columns a COPY names."""

from __future__ import annotations

from collections.abc import Sequence

from workspaces.pgwire.sqlstate import SqlFault


def positions_of(wanted: Sequence[str], names: Sequence[str], *, table: str = "", option: str = "") -> list[int]:
    """Where the columns named are among `names`; all of them for `*`.

    `option` is the one that names them, else it is the list of `table`. Raises SqlFault 42703, 42701, 42P10.
    """
    if wanted == ("*",):
        return list(range(len(names)))
    known = {name.casefold(): index for index, name in reversed(list(enumerate(names)))}
    found: list[int] = []
    for name in wanted:
        position = known.get(name.casefold())
        if position is None:
            raise _unknown(name, table=table, option=option)
        if position in found:
            raise SqlFault("42701", f'column "{name}" specified more than once')
        found.append(position)
    return found


def _unknown(name: str, *, table: str, option: str) -> SqlFault:
    if option:
        return SqlFault("42P10", f'{option} column "{name}" not referenced by COPY')
    return SqlFault("42703", f'column "{name}" of relation "{table}" does not exist')
