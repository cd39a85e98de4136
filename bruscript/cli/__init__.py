"""The command line: a command a file, each imported when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["main"]

INTERRUPTED = 130
USAGE = 1
"""The status after a mistake in the arguments, as the reference has it."""
UNEXPECTED = 255


def main(args: Sequence[str] | None = None) -> int:
    """Run the command with `args` (default: those of the process) and return its exit status.

    A mistake of the user's gives a message and the status that belongs to it, never a traceback. With
    BRUSCRIPT_DEBUG=1 in the environment an unexpected error shows its traceback.
    """
    import click

    from bruscript.cli.root import cli
    from bruscript.errors import BruscriptError

    try:
        status = cli.main(
            list(args) if args is not None else None, prog_name="bruscript", standalone_mode=False
        )
        _flush()
        return status if isinstance(status, int) else 0
    except click.ClickException as error:
        _usage(error)
        return USAGE
    except BruscriptError as error:
        _fail(error.message, error.hint)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _fail("Interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _flush()
        return 0
    except Exception as error:
        if os.environ.get("BRUSCRIPT_DEBUG"):
            raise
        _fail(
            f"Something went wrong in bruscript itself: {type(error).__name__}: {error}",
            "Run again with BRUSCRIPT_DEBUG=1 for a traceback, and report it with the command that you ran.",
        )
        return UNEXPECTED


def _flush() -> None:
    """Flush the standard output; where its reader has left, nothing is written there at the exit either."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(error: Exception) -> None:
    from click import ClickException, UsageError

    if isinstance(error, UsageError):
        error.show()
    elif isinstance(error, ClickException):
        _fail(error.format_message())


def _fail(message: str, hint: str | None = None) -> None:
    from bruscript.report.style import Style

    style = Style.of(sys.stderr)
    print(style.red(message), file=sys.stderr)
    if hint:
        print(style.dim(hint), file=sys.stderr)
