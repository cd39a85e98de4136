"""The sandbox's input and output: jobs, their steps, and the errors of scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, Final, Literal

from bruscript.records import record

Kind = Literal["syntax", "script", "onFail", "vars", "assertions", "tests"]
ErrorKind = Literal["error", "syntax", "timeout", "memory", "crash"]

LEAST_SCRIPT_MEMORY: Final = 8
"""The least memory limit of scripts, in MiB: with less, V8 and our own modules would not start."""


@record(frozen=True)
class Segment:
    """A file's piece of JavaScript: it runs in its own closure.

    `source` is the text, `path` its file, `line` the 1-based line in the file on which `source` begins;
    `level` is "collection", "folder" or "request", `name` what the level's owner is called. `indent` is how
    many columns the file has before each line of `source`.
    """

    source: str = field(repr=False)
    path: Path
    line: int = 1
    level: str = "request"
    name: str = ""
    indent: int = 0


@record(frozen=True)
class Step:
    """One part of a job: `segments` of kind "script" and "tests", `entries` of kind "vars" and "assertions".

    Kind "syntax" compiles its segments without running them.
    `phase` ("pre-request", "post-response", "tests", "vars", "assertions") names the step in reports.
    """

    kind: Kind
    phase: str
    segments: Sequence[Segment] = ()
    entries: Sequence[Mapping[str, Any]] = field(default=(), repr=False)


@record(frozen=True)
class Job:
    """Steps that run in order in one isolate, with the state that they see.

    `state` is JSON (`variables`, `request`, `response`, `context`); `response_body` the response's bytes,
    which are sent when a script reads them. A step that throws ends only itself: the steps after
    it still run.
    """

    steps: Sequence[Step]
    state: Mapping[str, Any] = field(default_factory=dict, repr=False)
    response_body: bytes | None = field(default=None, repr=False)


@record(frozen=True)
class ScriptError:
    """Why a script ended early, with the place in the user's own file.

    `kind` is "error" for what the script threw, "syntax" where it could not be compiled, "timeout" or
    "memory" for the limit, "crash" if the worker process died. `line` and `column` are 1-based
    and count in the file `path`; `stack` is the JavaScript stack, its lines mapped to files likewise.
    """

    name: str
    message: str = field(repr=False)
    stack: str = field(default="", repr=False)
    path: Path | None = None
    line: int | None = None
    column: int | None = None
    kind: ErrorKind = "error"


@record(frozen=True)
class StepResult:
    """The outcome of one step.

    `results` holds dicts in the reference's shape of test and assertion results; `console` a dict for each
    call of `console.*`: level, args (a list of texts), line.
    """

    results: list[dict[str, Any]] = field(default_factory=list, repr=False)
    error: ScriptError | None = None
    console: list[dict[str, Any]] = field(default_factory=list, repr=False)


@record(frozen=True)
class JobResult:
    """The outcome of a job: a result for each step that ran, and what the scripts changed.

    A limit or a crash ends the job: the step that met it is the last of `steps`, and those behind it did not
    run (give them to the sandbox again). `changes` holds only what changed, by the keys `variables` (the
    scopes that changed, whole), `deleted` and `unset` (by scope, the names of variables that are gone:
    because a script deleted them, or set them to what does not last), `request`, `response`, `nextRequest`,
    `skip`, `stop`, `iterationData`, `resetOauth2`, `visualizations`, `disableParsingResponseJson`,
    `scriptedRequests`.
    """

    steps: list[StepResult] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict, repr=False)
