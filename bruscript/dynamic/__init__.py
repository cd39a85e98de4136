"""Dynamic values: `{{$guid}}`, `{{$timestamp}}` and the like."""

from __future__ import annotations

from bruscript.dynamic.lookup import dynamic, names

__all__ = ["dynamic", "names"]
