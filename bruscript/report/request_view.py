"""One request's outcome as lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bruscript.masking import Mask
from bruscript.report.exchange_view import (
    application,
    event,
    failure_excerpt,
    outline,
    token,
    whole,
)
from bruscript.report.style import Style
from bruscript.runner.by_hand import ByHand
from bruscript.runner.excerpt import excerpt
from bruscript.runner.failures import (
    Place,
    attempts,
    check_place,
    check_title,
    failures,
    head_of,
    script_place,
)
from bruscript.runner.masked import MaskedResult
from bruscript.runner.results import BY_SCRIPT, SYNTAX, ScriptFailure, has_failed
from bruscript.terminal import closed

_FRAMES = 10

_TITLES = {
    "pre-request": "Pre-request script error:",
    "post-response": "Post-response script error:",
    "tests": "Test script error:",
}


class RequestView:
    """Renders results of the collection at `root`: `quiet` omits what passed.

    `verbosity` 1 adds what happened on the way, 2 all headers and bodies too.
    """

    def __init__(self, style: Style, root: Path, *, quiet: bool = False, verbosity: int = 0) -> None:
        self.style = style
        self.root = root
        self.quiet = quiet
        self.verbosity = verbosity
        self.mask = Mask()
        self.by_hand = ByHand()

    def lines(self, result: MaskedResult, *, excerpt: bool = True, console: bool = True) -> Iterator[str]:
        """Yield what the reference prints for the request, in its order; a line may hold line breaks.

        Where it failed, what was sent and received follows, unless `excerpt` is off. `console` off leaves out
        what scripts printed.
        """
        if result.skip_reason == "bail":
            return
        style = self.style
        for line in result.console if console else ():
            paint = {"error": style.red, "warn": style.yellow}.get(line.level, str)
            yield closed(paint(line.text))
        for text in result.warnings:
            yield style.yellow(f"Warning: {text}")
        scripts = {failure.phase: failure for failure in result.script_failures}
        if failure := scripts.get("pre-request"):
            yield from self._script(result, failure)
            yield from self._attempts(result)
            yield from self._section(result, "Pre-Request Tests", result.pre_request_tests)
            yield from self._exchange(result)
            yield from self._nested(result)
            return
        yield self._headline(result)
        yield from self._attempts(result)
        yield from self._exchange(result)
        yield from self._nested(result)
        yield from self._section(result, "Pre-Request Tests", result.pre_request_tests)
        yield from self._script(result, scripts.get("vars"))
        yield from self._script(result, scripts.get("post-response"))
        yield from self._section(result, "Post-Response Tests", result.post_response_tests)
        yield from self._script(result, scripts.get("tests"))
        yield from self._section(result, "Tests", result.tests)
        yield from self._section(result, "Assertions", result.assertions)
        if excerpt:
            yield from self._sent(result)

    def _attempts(self, result: MaskedResult) -> Iterator[str]:
        """Yield what went wrong before a request passed, or failed for good."""
        for number, attempt in enumerate(result.earlier, 1):
            for failure in failures(attempt):
                about = [str(failure.place), failure.what, head_of(failure.message)]
                yield self.style.dim(f"   attempt {number}: {' · '.join(filter(None, about))}")
        if text := attempts(result):
            yield (self.style.yellow if result.flaky else self.style.red)(f"   {text}")

    def _nested(self, result: MaskedResult) -> Iterator[str]:
        """Yield the requests that scripts ran, further to the right."""
        for nested in result.nested:
            if not self.quiet or nested.any_failed or nested.flaky:
                for line in self.lines(nested):
                    yield indent(line, 3)

    def _sent(self, result: MaskedResult) -> Iterator[str]:
        """Yield what was sent and received where something failed, and how to send it by hand."""
        lines = failure_excerpt(result)
        for line in lines:
            yield self.style.dim(closed(f"   {line}"))
        if lines:
            hint = self.by_hand.hint(result, self.root)
            yield self.style.dim(f"   {self.mask.mask(hint, prose=True)}")

    def _headline(self, result: MaskedResult) -> str:
        style, name = self.style, result.filename.removesuffix(".bru")
        if result.skip_reason == SYNTAX:
            return style.yellow(f"{result.filename} Skipped:") + f"\n{result.error}"
        if result.skipped:
            reason = str(result.outline.get("statusText") or "skipped")
            if reason == BY_SCRIPT:
                return style.red(name) + style.dim(f" ({reason})")
            return style.yellow(f"{name} Skipped:") + style.dim(f" ({reason})")
        if result.status == "error":
            return style.red(name) + style.dim(f" ({head_of(result.error or '')})")
        response = result.outline
        status = f"{response.get('status')} {response.get('statusText') or ''}".rstrip()
        return style.green(name) + style.dim(f" ({status}) - {round(response.get('responseTime') or 0)} ms")

    def _exchange(self, result: MaskedResult) -> Iterator[str]:
        """Yield what happened on the way, with `--verbose`."""
        if not self.verbosity:
            return
        texts = []
        if result.target:
            unsent = "" if result.last_sent else " (not sent)"
            texts.append(f"{result.method} {result.target}{unsent}")
        texts += map(token, result.oauth2)
        texts += map(event, result.timeline)
        texts += [outline(sent) for sent in result.others_sent if not sent.for_token]
        for sent in result.sent if self.verbosity > 1 else ():
            texts += [f"{sent.sent_by}:"] if sent.sent_by else []
            texts += whole(sent)
        if not result.failed:
            # Failures show it anyway.
            texts += [line for sent in result.sent for line in application(sent)]
        for text in texts:
            yield self.style.dim(closed(f"   {text}"))

    def _section(self, result: MaskedResult, title: str, checks: list[dict[str, Any]]) -> Iterator[str]:
        if self.quiet:
            checks = [check for check in checks if has_failed(check)]
        if checks:
            yield self.style.dim(title)
        for check in checks:
            yield from self._check(result, check)

    def _check(self, result: MaskedResult, check: dict[str, Any]) -> Iterator[str]:
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
        if not check.get("isScriptError"):
            yield from self._excerpt(check_place(check, result))

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
        yield f"\n{self.style.dim('File: ' + str(place))}\n"
        for line in lines:
            yield self.style.red(line) if line.startswith(">") else self.style.dim(line)
        yield ""


def indent(text: str, columns: int) -> str:
    """Return `text` with every line moved to the right."""
    return "\n".join(" " * columns + line for line in text.splitlines())
