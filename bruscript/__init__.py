"""bruscript runs Bruno collections from Python: parse, evaluate, send, script, report."""

from __future__ import annotations

__version__ = "0.1.0"
