"""Runs JavaScript in V8, fenced in."""

from __future__ import annotations

from bruscript.sandbox.job import Job, JobResult, ScriptError, Segment, Step, StepResult

__all__ = ["Job", "JobResult", "ScriptError", "Segment", "Step", "StepResult"]
