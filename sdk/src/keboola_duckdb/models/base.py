"""What all models share: fields that are not known yet are kept, secrets stay out of `repr`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """An answer of the server. A newer server may send more: it is kept under its own name."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, serialize_by_alias=True)


def secret_field() -> Any:
    """A field that is shown only to who asks for it."""
    return Field(repr=False)
