"""The checks of `bruscript check`, one module for each kind of mistake."""

from __future__ import annotations
