"""The system and its environment variables, for Node's os and process."""

from __future__ import annotations

import os
import platform
from typing import Any

from bruscript.sandbox.services.permissions import Policy


def variable(policy: Policy, name: str) -> str | None:
    """Return an environment variable; None where it is not set, or scripts may not read it."""
    return os.environ.get(name) if policy.sees_env(name) else None


def variables(policy: Policy) -> dict[str, str]:
    """Return all environment variables that scripts may read."""
    return {name: value for name, value in os.environ.items() if policy.sees_env(name)}


def system() -> dict[str, Any]:
    """Return what Node's os reports of the system, under its names."""
    names = {"Linux": "linux", "Darwin": "darwin", "Windows": "win32"}
    machines = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}
    machine = platform.machine()
    return {
        "platform": names.get(platform.system(), platform.system().lower()),
        "type": "Windows_NT" if platform.system() == "Windows" else platform.system(),
        "arch": machines.get(machine.lower(), machine),
        "machine": machine,
        "release": platform.release(),
        "version": platform.version(),
        "cpus": os.cpu_count() or 1,
        "totalmem": _memory(),
    }


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
