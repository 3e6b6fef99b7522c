"""Patterns that texts are searched for, in the order of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage.engine.profile.scan import Measure

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_HEX = "[0-9a-fA-F]"
_BYTE = "(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)"
_EMAIL = "[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+[.][A-Za-z]{2,}"
_UUID = f"{_HEX}{{8}}-{_HEX}{{4}}-[1-5]{_HEX}{{3}}-[89abAB]{_HEX}{{3}}-{_HEX}{{12}}"
_PHONE = r"[+]?[0-9\s()-]{10,20}"
_IPV4 = f"{_BYTE}([.]{_BYTE}){{3}}"
_DATETIME_START = f"^{_DATE}[T ][0-9]{{2}}:[0-9]{{2}}"


def pattern_measures(text: str) -> dict[str, Measure]:
    """For each pattern how many values of the column `text` match it."""
    conditions = {
        "email": _guarded(f"contains({text}, '@')", f"regexp_full_match({text}, '{_EMAIL}')"),
        "uuid": _guarded(f"strlen({text}) = 36", f"regexp_full_match({text}, '{_UUID}')"),
        "url": f"starts_with({text}, 'http://') OR starts_with({text}, 'https://')",
        "phone": _guarded(f"strlen({text}) BETWEEN 10 AND 21", f"regexp_full_match({text}, '{_PHONE}')"),
        "ipv4": _guarded(f"strlen({text}) BETWEEN 7 AND 15", f"regexp_full_match({text}, '{_IPV4}')"),
        "date_iso": _guarded(f"strlen({text}) = 10", f"regexp_full_match({text}, '{_DATE}')"),
        "datetime_iso": _guarded(f"strlen({text}) >= 16", f"regexp_matches({text}, '{_DATETIME_START}')"),
    }
    return {pattern: Measure(f"count(*) FILTER ({condition})") for pattern, condition in conditions.items()}


def _guarded(cheap: str, expensive: str) -> str:
    """Both conditions. DuckDB may compute both sides of an AND for every row; of a CASE it does not."""
    return f"CASE WHEN {cheap} THEN {expensive} ELSE false END"


def detected_patterns(matches: Mapping[str, int], count: int) -> list[dict[str, Any]]:
    """The member of that name, from the matches of each pattern among `count` values."""
    return [
        {"pattern": pattern, "match_count": found, "match_percentage": round(found / count * 100, 1)}
        for pattern, found in matches.items()
        if found
    ]
