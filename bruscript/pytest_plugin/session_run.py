"""The run of one collection in one environment, driven by its items one request at a time."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bruscript.errors import BruscriptError
from bruscript.masking.messages import own_message
from bruscript.pytest_plugin.caller_apps import beside_fixtures
from bruscript.pytest_plugin.failure import BrunoFailure
from bruscript.pytest_plugin.flow import Flow
from bruscript.pytest_plugin.loop_thread import LoopThread
from bruscript.report.request_view import RequestView
from bruscript.report.style import Style
from bruscript.runner.events import Event, Notice
from bruscript.runner.failures import attempts
from bruscript.runner.masked import MaskedResult
from bruscript.runner.stepwise import Memory, StepwiseRun
from bruscript.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bruscript.collection import Collection
    from bruscript.pytest_plugin.settings import Settings
    from bruscript.runner.options import RunOptions


class SessionRun:
    """Keeps a session open while items with the same options run, and its state for the next one."""

    def __init__(
        self,
        collection: Collection,
        settings: Settings,
        environment: str | None,
        loop: Callable[[], LoopThread],
    ) -> None:
        self.collection = collection
        self.environment = environment
        self._settings = settings
        self._loop_thread = loop
        self._flows: list[Flow] = []
        self._options: RunOptions | None = None
        self._unusable: tuple[Any, str] | None = None
        self._step: StepwiseRun | None = None
        self._memory: Memory | None = None
        self._errors: list[str] = []
        self._view: RequestView | None = None

    def follow(self, flows: Sequence[Flow]) -> None:
        """Set which items there are, by iteration."""
        self._flows = list(flows)

    def open(self, fixture_value: Any) -> bool:
        """Open a session with the options of the fixture `bruscript_options`; return whether it is a new one.

        Fails for what makes a run impossible. What has failed once is not tried again: the items that would
        use it are skipped.
        """
        problem, is_new = "", False
        if self._unusable is not None and self._unusable[0] == fixture_value:
            skip(f"The run could not begin: {self._unusable[1]}")
        try:
            options = self._settings.options(fixture_value, self.environment)
            is_new = self._step is None or self._loop.is_stuck or options != self._options
            if is_new:
                self.close()
                self._open(options)
        except BruscriptError as error:
            problem = printable(str(error))
            self._unusable = (fixture_value, problem.partition("\n")[0])
        if problem:
            pytest.fail(problem, pytrace=False)
        return is_new

    def _open(self, options: RunOptions) -> None:
        self._errors = []
        self._loop = self._loop_thread()
        app = None if options.app is None else beside_fixtures(options.app, self._loop)
        step = StepwiseRun(self.collection, replace(options, app=app), [self], self._memory)
        self._loop.run(step.__aenter__())
        self._step, self._options = step, options
        self._view = RequestView(Style(False), self.collection.path, verbosity=int(options.verbose))
        self._view.mask, self._view.by_hand = step.mask, step.by_hand

    def close(self) -> None:
        """Close the session, if one is open: the application's lifespan ends before its fixtures do.

        Fails where variables were to be written to the collection's files and could not be.
        """
        step, self._step = self._step, None
        if step is None:
            return
        self._memory = step.memory
        if not self._loop.is_stuck:
            self._loop.run(step.__aexit__(None, None, None))
        if step.unwritten:
            pytest.fail(printable("\n".join(step.unwritten)), pytrace=False)

    def masked(self, text: str) -> str:
        """Return a text without the secrets of the session, or of the last one."""
        return self._view.mask.mask(text) if self._view is not None else text

    def run(self, iteration: int, position: int) -> list[str]:
        """Run the request at `position`, and those that scripts go back to from there; return warnings.

        Raises BrunoFailure for what failed, and skips where the item is not reached or its script says so.
        """
        __tracebackhide__ = True
        flow = self._flows[iteration]
        if reason := flow.why_not(position):
            skip(reason)
        assert self._step is not None
        assert self._options is not None
        flow.warnings.clear()
        failures: list[tuple[MaskedResult, str]] = []
        own: MaskedResult | None = None
        at: int | None = position
        while at is not None:
            outcome = self._loop.run(self._step.run(flow.request(at), iteration))
            result = MaskedResult(outcome.result, self._step.mask)
            own = own or result
            self._show(result)
            for each in result.with_nested():
                if each.flaky:
                    flow.warnings.append(f"{each.filename}: {attempts(each)}")
            if result.any_failed:
                failures.append((result, self._text(result)))
                if self._options.bail:
                    flow.end(f"{result.filename} failed (bail)")
                    break
            at = flow.after(at, position, outcome)
        if failures:
            texts = [text for _, text in failures]
            # A failure before the first request, such as a missing secret, may be the cause of this one.
            raise BrunoFailure.of(failures[0][0], "\n\n".join([*texts, *self._errors]))
        if own is not None and own.skipped:
            skip(str(own.outline.get("statusText") or "skipped"))
        return [printable(own_message(self._step.mask, text)) for text in flow.warnings]

    def _show(self, result: MaskedResult) -> None:
        """Print what the item's own output is: what scripts print, and how a request went that passed."""
        for line in result.console:
            stream = sys.stderr if line.level in ("error", "warn") else sys.stdout
            print(printable(line.text), file=stream)
        if not result.any_failed:
            print(self._text(result))

    def _text(self, result: MaskedResult) -> str:
        assert self._view is not None
        return printable("\n".join(self._view.lines(result, console=False)).rstrip())

    def handle(self, event: Event) -> None:
        """Take notices, which belong to no request."""
        if isinstance(event, Notice) and event.level != "info":
            print(printable(event.text), file=sys.stderr)
            if event.level == "error":
                self._errors.append(event.text)


def skip(reason: str) -> None:
    """Skip the item, with its own place in the summary."""
    __tracebackhide__ = True
    raise pytest.skip.Exception(printable(reason), _use_item_location=True)
