"""One request's outcome as lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bruscript.masking import Mask
from bruscript.report.excerpt import excerpt
from bruscript.report.failures import Place, check_place, check_title, script_place
from bruscript.report.style import Style
from bruscript.report.terminal import closed
from bruscript.runner.masked import MaskedResult
from bruscript.runner.results import BY_SCRIPT, ScriptFailure, has_failed

_FRAMES = 10

_TITLES = {
    "pre-request": "Pre-request script error:",
    "post-response": "Post-response script error:",
    "tests": "Test script error:",
}


class RequestView:
    """Renders results of the collection at `root`: `quiet` omits what passed, `verbose` adds timelines."""

    def __init__(self, style: Style, root: Path, *, quiet: bool = False, verbose: bool = False) -> None:
        self.style = style
        self.root = root
        self.quiet = quiet
        self.verbose = verbose
        self.mask = Mask()

    def lines(self, result: MaskedResult) -> Iterator[str]:
        """What the reference prints for the request, in its order; a line may hold line breaks."""
        if result.skip_reason == "bail":
            return
        style = self.style
        for line in result.console:
            paint = {"error": style.red, "warn": style.yellow}.get(line.level, str)
            yield closed(paint(line.text))
        for text in result.warnings:
            yield style.yellow(f"Warning: {text}")
        scripts = {failure.phase: failure for failure in result.script_failures}
        if failure := scripts.get("pre-request"):
            yield from self._script(result, failure)
            yield from self._section("Pre-Request Tests", result.pre_request_tests)
            return
        yield self._headline(result)
        if self.verbose:
            yield from self._exchange(result)
        yield from self._section("Pre-Request Tests", result.pre_request_tests)
        yield from self._script(result, scripts.get("vars"))
        yield from self._script(result, scripts.get("post-response"))
        yield from self._section("Post-Response Tests", result.post_response_tests)
        yield from self._script(result, scripts.get("tests"))
        yield from self._section("Tests", result.tests)
        yield from self._section("Assertions", result.assertions)

    def _headline(self, result: MaskedResult) -> str:
        style, name = self.style, result.filename.removesuffix(".bru")
        if result.skip_reason == "syntax":
            return style.yellow(f"{result.filename} Skipped:") + f"\n{result.error}"
        if result.skipped:
            reason = str(result.outline.get("statusText") or "skipped")
            if reason == BY_SCRIPT:
                return style.red(name) + style.dim(f" ({reason})")
            return style.yellow(f"{name} Skipped:") + style.dim(f" ({reason})")
        if result.status == "error":
            return style.red(name) + style.dim(f" ({result.error})")
        response = result.outline
        status = f"{response.get('status')} {response.get('statusText') or ''}".rstrip()
        return style.green(name) + style.dim(f" ({status}) - {round(response.get('responseTime') or 0)} ms")

    def _exchange(self, result: MaskedResult) -> Iterator[str]:
        if result.target:
            yield self.style.dim(f"   {result.method} {result.target}")
        for kind, entries in (("token", result.oauth2), ("", result.timeline)):
            for entry in entries:
                told = " ".join(f"{key}={value}" for key, value in entry.items() if value not in (None, ""))
                yield self.style.dim(f"   {kind} {told}" if kind else f"   {told}")

    def _section(self, title: str, checks: list[dict[str, Any]]) -> Iterator[str]:
        if self.quiet:
            checks = [check for check in checks if has_failed(check)]
        if checks:
            yield self.style.dim(title)
        for check in checks:
            yield from self._check(check)

    def _check(self, check: dict[str, Any]) -> Iterator[str]:
        style, title = self.style, check_title(check)
        if check.get("status") == "pass":
            yield style.green("   ✓ ") + style.dim(title)
            return
        if check.get("status") == "skipped":
            yield style.yellow("   - ") + style.dim(f"{title} (skipped)")
            return
        yield style.red("   ✕ ") + style.red(title)
        if check.get("error"):
            yield style.red(indent(str(check["error"]), 6))
        if place := check_place(check):
            yield from self._excerpt(place)

    def _script(self, result: MaskedResult, failure: ScriptFailure | None) -> Iterator[str]:
        if failure is None:
            return
        style = self.style
        yield style.red(f"[{result.filename}] {_TITLES.get(failure.phase, f'{failure.phase} error:')}")
        yield from self._excerpt(script_place(failure, result))
        yield style.red(f"{failure.name}: {failure.message}" if failure.name else failure.message)
        frames = [line.strip() for line in failure.stack.splitlines() if line.lstrip().startswith("at ")]
        for frame in frames[:_FRAMES]:
            yield style.dim(f"    {frame}")
        yield ""

    def _excerpt(self, place: Place) -> Iterator[str]:
        lines = list(excerpt(place, self.root, self.mask))
        if not lines:
            return
        yield f"\n{self.style.dim('File: ' + place.relative(self.root))}\n"
        for line in lines:
            yield self.style.red(line) if line.startswith(">") else self.style.dim(line)
        yield ""


def indent(text: str, columns: int) -> str:
    """`text` with every line moved to the right."""
    return "\n".join(" " * columns + line for line in text.splitlines())
