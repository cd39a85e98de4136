"""`bruscript send`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bruscript.cli.run_options import RunCommand
from bruscript.cli.single import options_of, request_at, run_options
from bruscript.errors import BruscriptError

if TYPE_CHECKING:
    from bruscript.http.sent import SentRequest
    from bruscript.runner.events import Event
    from bruscript.runner.results import RequestResult

EXAMPLES = """Examples:
  bruscript send users/list.bru --env local | jq .
  bruscript send report.bru -o report.pdf
  bruscript send users/list.bru -i            status line and headers too
"""

FAILED, CLIENT_ERROR, SERVER_ERROR = 1, 4, 5


class _Receiver:
    """Keeps the request's result, and prints warnings and failures."""

    def __init__(self) -> None:
        self.result: RequestResult | None = None

    def handle(self, event: Event) -> None:
        """Take one event."""
        from bruscript.report.request_view import RequestView
        from bruscript.report.style import Style
        from bruscript.runner.events import Notice, RequestFinished, RunStarted
        from bruscript.terminal import coloured, without_commands

        style = Style.of(sys.stderr)
        if isinstance(event, RunStarted):
            self._view = RequestView(style, event.collection_path, quiet=True)
            self._view.mask = event.mask
        elif isinstance(event, Notice) and event.level != "info":
            print(without_commands(coloured(event.text)), file=sys.stderr)
        elif isinstance(event, RequestFinished):
            self.result = event.result
            masked = event.masked
            if masked.any_failed or masked.skipped or masked.console or masked.warnings:
                text = coloured("\n".join(self._view.lines(masked, excerpt=False)))
                print(without_commands(text), file=sys.stderr)

    def close(self) -> None:
        """Do nothing."""


def send(*, file: str, include: bool, output: str | None, **params: Any) -> int:
    """Send one request with its scripts and auth, and print the response's body.

    The body is printed as received, with its secrets unmasked. The exit status is 0 for a response below 400,
    4 for 400 to 499, 5 for 500 to 599, and 1 if no response came, or a script, test or assertion failed.
    """
    from bruscript.runner import run_collection

    collection, request = request_at(file)
    _check_target(output)
    receiver = _Receiver()
    outcome = run_collection(collection, options_of(params, collection, request), reporters=[receiver])
    result = receiver.result
    sent = next((sent for sent in reversed(result.sent) if not sent.sent_by), None) if result else None
    if sent is not None and sent.status is not None:
        _write(_bytes(sent, include=include), output)
        if sent.status >= 400:
            return SERVER_ERROR if sent.status >= 500 else CLIENT_ERROR
    elif not outcome.exit_code:
        return FAILED
    return outcome.exit_code


def _bytes(sent: SentRequest, *, include: bool) -> bytes:
    content = sent.content.getvalue()
    if not include:
        return content
    head = [f"{sent.version} {sent.status} {sent.reason}".rstrip().encode("latin-1", "replace")]
    head += [name + b": " + value for name, value in sent.response_headers]
    return b"\r\n".join([*head, b"", content])


def _check_target(output: str | None) -> None:
    """Raise OutputDirectoryError for a file that cannot be written, before a request is sent for it."""
    if not output:
        return
    from bruscript.report.output import OutputDirectoryError

    if Path(output).is_dir():
        raise OutputDirectoryError(f"Cannot write {output}: it is a directory", hint="Name a file in it.")
    if not Path(output).parent.is_dir():
        hint = "Create it first, or name another file."
        raise OutputDirectoryError(f"Cannot write {output}: its directory does not exist", hint=hint)


def _write(content: bytes, output: str | None) -> None:
    if output in (None, "-"):
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        Path(str(output)).write_bytes(content)
    except OSError as error:
        raise BruscriptError(f"Cannot write {output}: {error.strerror}") from None


command = RunCommand(
    "send",
    callback=send,
    params=[
        click.Argument(["file"], type=click.Path(), metavar="FILE"),
        click.Option(["-i", "--include"], is_flag=True, help="Print the status line and headers too."),
        click.Option(["-o", "--output"], metavar="FILE", help="Write the body to a file."),
        *run_options(names=frozenset({"-o", "-i"})),
    ],
    help=send.__doc__,
    epilog=EXAMPLES,
)
