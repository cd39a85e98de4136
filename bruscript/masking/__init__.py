"""Keeps secrets out of whatever is written: one mask for a run, handed down to all that learn or show."""

from bruscript.masking.mask import MASKED, SENSITIVE_HEADERS, Mask

__all__ = ["MASKED", "SENSITIVE_HEADERS", "Mask"]
