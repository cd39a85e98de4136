"""Runs JavaScript in V8, fenced in."""

from __future__ import annotations

from bruscript.sandbox.host import Host
from bruscript.sandbox.job import Job, JobResult, ScriptError, Segment, Step, StepResult
from bruscript.sandbox.permissions import Permissions
from bruscript.sandbox.sandbox import Sandbox, SandboxPool
from bruscript.sandbox.script import ScriptResult

__all__ = [
    "Host",
    "Job",
    "JobResult",
    "Permissions",
    "Sandbox",
    "SandboxPool",
    "ScriptError",
    "ScriptResult",
    "Segment",
    "Step",
    "StepResult",
]
