"""What `bruscript check` looks for, a module for each sort of mistake."""

from __future__ import annotations
