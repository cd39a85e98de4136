"""From one format of collections to the other: nothing lost without a word, nothing changed that is sent."""

from __future__ import annotations

from bruscript.conversion.collection import ConversionResult, convert

__all__ = ["ConversionResult", "convert"]
