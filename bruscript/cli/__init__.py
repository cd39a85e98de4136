"""The command line: a command a file, each imported when it is called."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from bruscript.cli import early

if TYPE_CHECKING:
    from click import NoSuchOption

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
    _open_streams()
    if args is None:
        # Imports and files make much and drop little: each of the usual passes would find nothing, for 5 ms.
        gc.set_threshold(100_000, 10, 10)
        # httpx would import its own command line, and where they are installed rich and pygments, for 40 ms.
        sys.modules["httpx._main"] = None  # type: ignore[assignment]
        early.start(sys.argv[1:])
    import click

    from bruscript.cli.process import Process, ended_as_by_an_interrupt
    from bruscript.cli.root import cli
    from bruscript.errors import BruscriptError
    from bruscript.option_names import of_the_command

    try:
        with of_the_command(), ended_as_by_an_interrupt():
            status = cli.main(
                list(args) if args is not None else None,
                prog_name="bruscript",
                standalone_mode=False,
                obj=Process(is_own=args is None),
            )
        sys.stdout.flush()
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
        _to_nowhere()
        return 0
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not _has_directory():
            _fail("The current directory does not exist any more", "Change to another one, and run it again.")
            return UNEXPECTED
        _to_nowhere()
        _fail(f"{error.strerror}: {error.filename or 'the standard output'}")
        return UNEXPECTED
    except Exception as error:
        if os.environ.get("BRUSCRIPT_DEBUG"):
            raise
        _fail(
            f"Something went wrong in bruscript itself: {type(error).__name__}: {error}",
            "Run again with BRUSCRIPT_DEBUG=1 for a traceback, and report it with the command that you ran.",
        )
        return UNEXPECTED
    finally:
        early.end()


def _has_directory() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _open_streams() -> None:
    """Open standard streams that the caller has closed (`>&-`), so that no other file becomes one of them.

    Whatever the locale, a name in a collection must not end the command: what an encoding lacks is replaced.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - open to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _to_nowhere() -> None:
    """Discard the rest of the standard output, at the exit too."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(error: Exception) -> None:
    from click import ClickException, NoSuchOption, UsageError

    if isinstance(error, UsageError):
        command = error.ctx.command_path if error.ctx else "bruscript"
        message = _no_such_option(error) if isinstance(error, NoSuchOption) else error.format_message()
        _fail(message, f"Try '{command} --help' for help.")
    elif isinstance(error, ClickException):
        _fail(error.format_message())


def _no_such_option(error: NoSuchOption) -> str:
    """Return the message about an unknown option: click's own guesses have only the dashes in common."""
    from bruscript.near import near_word

    near = near_word(error.option_name, error.possibilities or ())
    message = f"{error.message.rstrip('.')}."
    return f"{message} Did you mean {near!r}?" if near else message


def _fail(message: str, hint: str | None = None) -> None:
    from bruscript.report.style import Style
    from bruscript.terminal import printable

    style = Style.of(sys.stderr)
    print(style.red(printable(message)), file=sys.stderr)
    if hint:
        print(style.dim(printable(hint)), file=sys.stderr)
