"""The commands by family. Importing a module registers its handlers; `register_all` imports them all."""

from __future__ import annotations

import importlib
import pkgutil


def register_all() -> None:
    """Register every command; again is harmless."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
