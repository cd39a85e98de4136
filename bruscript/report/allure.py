"""Results for Allure: a file for each request, written by Allure's own library."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bruscript.errors import BruscriptError
from bruscript.records import record
from bruscript.report.exchange_view import failure_excerpt, summary
from bruscript.report.output import STDOUT, OutputDirectoryError
from bruscript.report.shape import Omit
from bruscript.runner.events import Event, RequestFinished, RunFinished, RunStarted
from bruscript.runner.excerpt import excerpt_in
from bruscript.runner.failures import attempts, check_place, check_title, own_failures
from bruscript.runner.masked import MaskedResult
from bruscript.runner.results import has_failed
from bruscript.unicode import utf8, well_formed

if TYPE_CHECKING:
    from allure_commons.model2 import TestStepResult


@record
class _Directory:
    """Where the results go, and whether all of them are there."""

    target: str
    done: bool = False


class AllureReport:
    """Writes `--reporter-allure`: result files in a directory, which is created if needed and never emptied.

    Tests and assertions are steps; what was sent and received for a failed request is attached. Raises
    BruscriptError without Allure's library, OutputDirectoryError where the directory cannot be written to.
    """

    def __init__(self, target: str | Path, omit: Omit | None = None) -> None:
        try:
            from allure_commons import model2
            from allure_commons.logger import AllureFileLogger
        except ImportError:
            raise BruscriptError(
                "The Allure report needs Allure's library", hint="Install bruscript[allure]."
            ) from None
        self._model = model2
        if str(target) == STDOUT:
            raise OutputDirectoryError("The results for Allure are files in a directory: name one for them")
        try:
            self._files = AllureFileLogger(str(target))
        except OSError as error:
            raise OutputDirectoryError(f"Cannot write {target}: {error.strerror}") from None
        self.output = _Directory(str(target))
        self._omit = omit or Omit()
        self._run: RunStarted | None = None

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self._run = event
        elif isinstance(event, RequestFinished):
            self._write_result(self._result(event.masked))
        elif isinstance(event, RunFinished):
            self.output.done = True

    def close(self) -> None:
        """Do nothing."""

    def _write_result(self, result: Any) -> None:
        # Its own pattern, so that the name is known if writing fails.
        result.file_pattern = name = f"{result.uuid}-result.json"
        with self._removed_on_error(name):
            self._files.report_result(_well_formed(result))

    @contextmanager
    def _removed_on_error(self, name: str) -> Iterator[None]:
        """Leave nothing half written: the library writes to a name beside `name` first."""
        try:
            yield
        except BaseException:
            Path(self.output.target, f"{name}.tmp").unlink(missing_ok=True)
            raise

    def _result(self, result: MaskedResult) -> Any:
        model = self._model
        collection = self._run.collection_name if self._run else ""
        stop = round(time.time() * 1000)
        full_name = f"{collection}: {result.filename}"
        history = hashlib.md5(utf8(f"{full_name} {result.label}"), usedforsecurity=False).hexdigest()
        folder, _, _ = result.filename.rpartition("/")
        labels = {
            "parentSuite": collection,
            "suite": folder,
            "framework": "bruscript",
            "language": "bru",
        }
        return model.TestResult(
            uuid=str(uuid.uuid4()),
            historyId=history,
            testCaseId=hashlib.md5(utf8(full_name), usedforsecurity=False).hexdigest(),
            name=result.name,
            fullName=full_name,
            titlePath=[collection, *filter(None, folder.split("/"))],
            status=self._status(result),
            statusDetails=self._details(result),
            stage="finished",
            start=stop - round(result.run_duration * 1000),
            stop=stop,
            labels=[model.Label(name=name, value=value) for name, value in labels.items() if value],
            parameters=[model.Parameter(name=name, value=text) for name, text in result.row_texts.items()],
            steps=list(self._steps(result)),
            attachments=list(self._attachments(result)),
        )

    def _status(self, result: MaskedResult) -> str:
        if result.skipped:
            return "broken" if result.error else "skipped"
        if result.status == "error":
            return "broken"
        return "failed" if result.any_failed else "passed"

    def _details(self, result: MaskedResult) -> Any:
        failures = [failure for each in result.with_nested() for failure in own_failures(each)]
        message = "\n".join(map(str, failures)) or attempts(result)
        if not message and result.skipped:
            message = str(result.outline.get("statusText") or "")
        trace = "\n".join(failure.stack for failure in result.script_failures)
        if not message:
            return None
        return self._model.StatusDetails(
            message=message,
            trace=trace or None,
            flaky=any(each.flaky for each in result.with_nested()) or None,
        )

    def _steps(self, result: MaskedResult) -> Iterator[TestStepResult]:
        """Yield the tests and assertions, and the requests that scripts ran with theirs."""
        model = self._model
        for nested in result.nested:
            yield model.TestStepResult(
                name=nested.name,
                status=self._status(nested),
                statusDetails=self._details(nested),
                steps=list(self._steps(nested)),
                attachments=list(self._attachments(nested)),
            )
        for check in result.checks:
            details = None
            if has_failed(check):
                place = check_place(check, result)
                message = f"{place}: {check.get('error') or 'failed'}"
                details = model.StatusDetails(
                    message=message, trace="\n".join(excerpt_in(self._run, place)) or None
                )
            status = {"pass": "passed", "skipped": "skipped"}.get(str(check.get("status")), "failed")
            yield model.TestStepResult(name=check_title(check), status=status, statusDetails=details)

    def _attachments(self, result: MaskedResult) -> Iterator[Any]:
        """Write what was sent and received of a request that failed, then or at an earlier attempt."""
        if not self._omit.response_body:
            yield from self._attachment("Request and response", failure_excerpt(result))
            for number, attempt in enumerate(result.earlier, 1):
                if attempt.last_sent:
                    yield from self._attachment(f"Attempt {number}", list(summary(attempt.last_sent)))
        yield from self._attachment("Console", [line.text for line in result.console])

    def _attachment(self, name: str, lines: list[str]) -> Iterator[Any]:
        if lines:
            source = f"{uuid.uuid4()}-attachment.txt"
            with self._removed_on_error(source):
                self._files.report_attached_data(utf8("\n".join(lines)), source)
            yield self._model.Attachment(name=name, source=source, type="text/plain")


def _well_formed(value: Any) -> Any:
    """Make all texts of a value of Allure's model well-formed: the library writes them as they are."""
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, list):
        return [_well_formed(item) for item in value]
    if hasattr(value, "__attrs_attrs__"):
        for name, item in vars(value).items():
            setattr(value, name, _well_formed(item))
    return value
