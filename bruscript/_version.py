"""The version, by itself: `bruscript.http` and reports name it without importing the package's root."""

__version__ = "0.1.0"
