"""Keeps secrets out of all output: one mask for a run, passed to all code that learns or shows values."""

from bruscript.masking.mask import MASKED, SENSITIVE_HEADERS, Mask

__all__ = ["MASKED", "SENSITIVE_HEADERS", "Mask"]
