"""`keboola-duckdb tables profile`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from keboola_duckdb.cli.command_classes import command
from keboola_duckdb.cli.failures import NOT_FOUND, UsageFailure
from keboola_duckdb.cli.naming import branch_id
from keboola_duckdb.cli.output import Column
from keboola_duckdb.cli.parameters import (
    DEFAULT_BRANCH,
    BranchOption,
    BucketArgument,
    ProjectArgument,
    TableArgument,
    names_in,
)
from keboola_duckdb.cli.profile_view import ProfileView, Sections
from keboola_duckdb.cli.session import session_of

if TYPE_CHECKING:
    from keboola_duckdb.models.profiles import TableProfile

Mode = Literal["basic", "full", "distribution", "quality"]
MODES = ("basic", "full", "distribution", "quality")


def register(app: typer.Typer) -> None:
    """Put the command into the group `tables`."""
    command(app, "profile", example="keboola-duckdb tables profile 123 in_c_sales orders --quality")(profile)


def profile(
    context: typer.Context,
    project: ProjectArgument,
    bucket: BucketArgument,
    table: TableArgument,
    mode: Annotated[
        str | None, typer.Option("--mode", "-m", metavar="MODE", help="basic, full, distribution or quality.")
    ] = None,
    quality: Annotated[bool, typer.Option("--quality", "-q", help="Show warnings and recommendations.")] = False,
    distribution: Annotated[
        bool, typer.Option("--distribution", "-d", help="Show percentiles, shape and a histogram of numbers.")
    ] = False,
    correlations: Annotated[bool, typer.Option("--correlations", "-r", help="Show which numbers go together.")] = False,
    columns: Annotated[str | None, typer.Option("--columns", "-c", metavar="A,B", help="These columns only.")] = None,
    sample: Annotated[
        int | None, typer.Option("--sample", metavar="N", min=1, help="Look at so many rows instead of all.")
    ] = None,
    branch: BranchOption = DEFAULT_BRANCH,
) -> None:
    """Describe every column of a table: values, gaps, shape, and what looks wrong.

    A mode shows its sections: quality those of -q and -r, distribution that of -d, full all three.
    """
    session = session_of(context)
    sections = sections_for(mode, Sections(quality=quality, correlations=correlations, distribution=distribution))
    with session.progress("Profile") as bar:
        found = session.client.tables.profile(
            project,
            bucket,
            table,
            mode=mode_for(sections),
            sample=sample,
            branch=branch_id(session, project, branch),
            on_progress=bar.update,
        )
    chosen = only(found, names_in(columns))
    if session.format == "table":
        ProfileView(chosen, to=sys.stdout, color=session.color).write(sections)
    elif session.format == "csv":
        fields = type(chosen.statistics[0]).model_fields if chosen.statistics else ()
        session.rows(chosen.statistics, [Column(field) for field in fields])
    else:
        session.object(chosen)


def sections_for(mode: str | None, asked: Sections) -> Sections:
    """Those that were asked for, and those of the mode."""
    if mode is not None and mode not in MODES:
        raise UsageFailure(f"There is no mode '{mode}': use one of {', '.join(MODES)}.")
    return Sections(
        quality=asked.quality or mode in ("quality", "full"),
        correlations=asked.correlations or mode in ("quality", "full"),
        distribution=asked.distribution or mode in ("distribution", "full"),
    )


def mode_for(sections: Sections) -> Mode:
    """The cheapest mode that finds out what the sections show."""
    if sections.distribution:
        return "full" if sections.quality or sections.correlations else "distribution"
    return "quality" if sections.quality or sections.correlations else "basic"


def only(found: TableProfile, names: list[str]) -> TableProfile:
    """The same profile about these columns; of all, if none are named."""
    if not names:
        return found
    known = {column.column_name for column in found.statistics}
    if missing := [name for name in names if name not in known]:
        raise UsageFailure(f"The table has no column {missing[0]}: it has {', '.join(known)}.", exit_code=NOT_FOUND)
    changes = {
        "statistics": [column for column in found.statistics if column.column_name in names],
        "quality_issues": [issue for issue in found.quality_issues if issue.column in names],
        "correlations": [pair for pair in found.correlations or [] if {pair.column1, pair.column2} & set(names)],
    }
    return found.model_copy(update=changes)
