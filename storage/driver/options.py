"""What travels with every command: feature flags of the host and labels of its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage.driver.errors import InvalidParameter
from storage.driver.message_log import MessageLog

MAX_FEATURES = 100
MAX_TAGS = 64
MAX_TAG_CHARACTERS = 256


def checked_features(features: Sequence[str]) -> frozenset[str]:
    """The flags as a set; unknown ones mean nothing. Raises InvalidParameter for more than a host would send."""
    if len(features) > MAX_FEATURES:
        raise InvalidParameter(f"At most {MAX_FEATURES} features may be sent, not {len(features)}.")
    return frozenset(features)


def kept_tags(tags: Mapping[str, str], log: MessageLog) -> dict[str, str]:
    """The labels that are kept with the record of the operation; a warning tells of those that are not."""
    short = {name: text for name, text in tags.items() if max(len(name), len(text)) <= MAX_TAG_CHARACTERS}
    kept = dict(sorted(short.items())[:MAX_TAGS])
    if len(kept) < len(tags):
        log.warn(
            f"{len(tags) - len(kept)} of {len(tags)} query tags were dropped: at most {MAX_TAGS} are kept, "
            f"of {MAX_TAG_CHARACTERS} characters each",
            dropped=len(tags) - len(kept),
        )
    return kept
