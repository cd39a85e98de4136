"""Dynamic values: what `{{$guid}}`, `{{$timestamp}}` and the like stand for."""

from __future__ import annotations

from bruscript.dynamic.lookup import dynamic, names

__all__ = ["dynamic", "names"]
