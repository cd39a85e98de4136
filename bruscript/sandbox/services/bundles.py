"""The bundled JavaScript libraries: files that the package's build made (hatch_build.py)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from bruscript.sandbox.services.errors import ServiceError

DIRECTORY = Path(__file__).resolve().parent.parent / "bundles"
"""The build puts one file per library there."""


@lru_cache(maxsize=64)
def read_bundle(name: str) -> str:
    """Return the source of a bundle by its library's name. Raises ServiceError for an unknown name."""
    path = DIRECTORY / (name.replace("/", "__") + ".js")
    if path.parent != DIRECTORY or "\\" in name or "\0" in name:
        raise ServiceError(f"no such library: {name}")
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        raise ServiceError(
            f"The JavaScript library '{name}' is not built into this installation of bruscript; "
            "in a checkout, run `pip install -e .`."
        ) from None
