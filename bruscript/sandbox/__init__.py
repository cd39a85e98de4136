"""The sandbox: JavaScript in V8, without rights. The rest of bruscript imports only the names below.

They are loaded when they are first used: a run starts its worker before it imports anything else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bruscript.sandbox.job import (
        LEAST_SCRIPT_MEMORY,
        Job,
        JobResult,
        ScriptError,
        Segment,
        Step,
        StepResult,
    )
    from bruscript.sandbox.parent.budget import current_claim
    from bruscript.sandbox.parent.host import Host, describe
    from bruscript.sandbox.parent.single_script import ScriptArguments, ScriptResult
    from bruscript.sandbox.parent.start import SandboxError
    from bruscript.sandbox.parent.worker_process import discard, prestart
    from bruscript.sandbox.sandbox import Sandbox, SandboxPool, SharedSandbox
    from bruscript.sandbox.services.bundles import read_bundle
    from bruscript.sandbox.services.dispatch import Services
    from bruscript.sandbox.services.errors import PermissionRefused
    from bruscript.sandbox.services.permissions import Permissions, Policy

_HOMES = {
    "Host": "parent.host",
    "LEAST_SCRIPT_MEMORY": "job",
    "Job": "job",
    "JobResult": "job",
    "PermissionRefused": "services.errors",
    "Permissions": "services.permissions",
    "Policy": "services.permissions",
    "Sandbox": "sandbox",
    "SandboxError": "parent.start",
    "SandboxPool": "sandbox",
    "ScriptError": "job",
    "ScriptArguments": "parent.single_script",
    "ScriptResult": "parent.single_script",
    "Segment": "job",
    "SharedSandbox": "sandbox",
    "Services": "services.dispatch",
    "Step": "job",
    "StepResult": "job",
    "current_claim": "parent.budget",
    "describe": "parent.host",
    "discard": "parent.worker_process",
    "prestart": "parent.worker_process",
    "read_bundle": "services.bundles",
}

SCRIPT_MEMORY = 256
"""Default memory limit of a run's scripts, in MiB."""

__all__ = [
    "LEAST_SCRIPT_MEMORY",
    "SCRIPT_MEMORY",
    "Host",
    "Job",
    "JobResult",
    "PermissionRefused",
    "Permissions",
    "Policy",
    "Sandbox",
    "SandboxError",
    "SandboxPool",
    "ScriptArguments",
    "ScriptError",
    "ScriptResult",
    "Segment",
    "Services",
    "SharedSandbox",
    "Step",
    "StepResult",
    "current_claim",
    "describe",
    "discard",
    "prestart",
    "read_bundle",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
