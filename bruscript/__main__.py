"""`python -m bruscript` is the command `bruscript`."""

from __future__ import annotations

import sys

from bruscript.cli import main

if __name__ == "__main__":
    sys.exit(main())
