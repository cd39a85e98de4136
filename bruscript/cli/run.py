"""`bruscript run`."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bruscript.cli.process import spare_the_collector
from bruscript.cli.run_options import OPTIONS, RunCommand
from bruscript.cli.selection import collection_of, selection
from bruscript.cli.values import listed, listed_paths, pairs, split
from bruscript.errors import BruscriptError, PathNotFoundError
from bruscript.report.style import Style, is_terminal

if TYPE_CHECKING:
    from bruscript.runner import RunOptions

EXAMPLES = """Examples:
  bruscript run                               the whole collection, from its root
  bruscript run request.bru --env local       one request in an environment
  bruscript run folder -r --bail              a folder and its subfolders, up to the first failure
  bruscript run shop --env ci --env-var token=$TOKEN
  bruscript run --tags=smoke --exclude-tags=slow
  bruscript run --csv-file-path users.csv --parallel 8
  bruscript run shop --app shop/main.py:app   against an ASGI or WSGI app, without a server
  bruscript run --reporter-junit results.xml --reporter-html results.html
  bruscript run --reporter-ndjson - | jq .    events as they happen
"""

_HIDDEN = re.compile(r"pass|secret|token|key|pin\b|credential|otp", re.IGNORECASE)
"""Prompts whose answers are not shown as they are typed."""


def run(**given: Any) -> int:
    """Run requests, folders or a whole collection.

    Without PATHS: everything in the collection of the current directory.
    """
    from bruscript.sandbox import discard, prestart

    if given["isolation"] == "process" and os.name == "posix":
        # It takes as long to be ready as we to import what is needed, on another core.
        prestart(given["script_memory"])
    try:
        from bruscript.cli.reports import reporters

        with _ended_as_by_an_interrupt():
            # Reports come first: a directory that is missing is told before the run, not after it.
            outputs = reporters(given)
            try:
                return _run(given, outputs)
            finally:
                for reporter in outputs:
                    reporter.close()
    finally:
        discard()
        # The process ends: nothing is left to collect, and the interpreter need not look.
        spare_the_collector()


@contextmanager
def _ended_as_by_an_interrupt() -> Iterator[None]:
    """Have SIGTERM (a cancelled job in CI, a stopped container) and SIGHUP end the run as Ctrl-C does.

    So reports are written, no temporary file stays, and no script goes on in its worker.
    """
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    taken = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        taken = []
    for number in taken:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(number: int, frame: object) -> None:
    # A second signal ends what the first one could not.
    signal.signal(number, signal.SIG_DFL)
    if callable(signal.getsignal(signal.SIGINT)):
        signal.raise_signal(signal.SIGINT)
    else:
        # A command in the background of a shell ignores Ctrl-C.
        raise KeyboardInterrupt


def _run(given: Mapping[str, Any], outputs: list[Any]) -> int:
    for option, status in (("csv_file_path", 10), ("json_file_path", 11)):
        if given[option] and not Path(given[option]).is_file():
            raise _missing(f"{option[:4].strip('_').upper()} file {given[option]} does not exist", status)

    collection = collection_of(given["paths"])
    from bruscript.runner import run_collection

    spare_the_collector()
    result = run_collection(collection, options(given, collection.path), reporters=outputs)
    if not given["quiet"]:
        _tell_written(given, outputs)
    return result.exit_code


def _missing(message: str, status: int) -> BruscriptError:
    error = PathNotFoundError(message)
    error.exit_code = status
    return error


def _tell_written(given: Mapping[str, Any], outputs: Iterable[Any]) -> None:
    from bruscript.cli.reports import targets
    from bruscript.report.output import STDOUT

    written = {output.output.target for output in outputs if hasattr(output, "output") and output.output.done}
    wanted = targets(given)
    to_stdout = any(target == STDOUT for _, target in wanted)
    stream = sys.stderr if to_stdout else sys.stdout
    for name, target in wanted:
        if target in written:
            print(Style.of(stream).dim(f"Wrote {name} results to {target}"), file=stream)


def options(given: Mapping[str, Any], root: Path) -> RunOptions:
    """The command's options for the collection at `root`. Raises BruscriptError for a malformed value."""
    from bruscript.runner import RunOptions

    paths, recursive = selection(given["paths"], given["recursive"], root)
    return RunOptions(
        paths=paths,
        recursive=recursive,
        env=given["env"],
        env_file=_path(given["env_file"]),
        env_vars=pairs(given["env_var"], "environment variable"),
        global_env=given["global_env"],
        global_env_vars=pairs(given["global_env_var"], "global environment variable"),
        workspace_path=_path(given["workspace_path"]),
        secrets_env_file=_path(given["secrets_env_file"]),
        sandbox=given["sandbox"],
        isolation=given["isolation"],
        script_timeout=given["script_timeout"],
        script_memory=given["script_memory"],
        allow_read=listed_paths(given["allow_read"]),
        allow_write=listed_paths(given["allow_write"]),
        allow_net=listed(given["allow_net"]),
        allow_env=listed(given["allow_env"]),
        deny_read=listed_paths(given["deny_read"]),
        deny_write=listed_paths(given["deny_write"]),
        deny_net=listed(given["deny_net"]),
        deny_env=listed(given["deny_env"]),
        bail=given["bail"],
        delay_ms=given["delay"] or 0,
        retries=given["retries"],
        retry_delay_ms=given["retry_delay"],
        tests_only=given["tests_only"],
        tags=split(given["tags"]),
        exclude_tags=split(given["exclude_tags"]),
        pass_with_no_requests=given["pass_with_no_requests"],
        strict_variables=given["strict_variables"],
        csv_file=_path(given["csv_file_path"]),
        json_file=_path(given["json_file_path"]),
        iteration_count=given["iteration_count"] or 1,
        parallel=given["parallel"] or 1,
        mask=listed(given["mask"]) or (),
        no_mask=listed(given["no_mask"]) or (),
        prompts=pairs(given["prompt"], "prompt"),
        prompt=_ask if is_terminal(sys.stdin) and is_terminal(sys.stderr) else None,
        persist=not given["no_persist"],
        app=_app(given["app"]),
        insecure=given["insecure"],
        cacert=_cacert(given),
        ignore_truststore=given["ignore_truststore"],
        client_cert_config=_path(given["client_cert_config"]),
        noproxy=given["noproxy"],
        cookies=not given["disable_cookies"],
        http2=given["http2"],
        cache_ssl_session=given["cache_ssl_session"],
        retry_unauthorized=given["retry_unauthorized"],
        token_store=_store(given["token_store"]),
        oauth2_timeout=given["oauth2_timeout"],
        verbose=bool(given["verbose"]),
        # Reporters have had each result; those of many iterations would only fill the memory.
        keep_results=False,
    )


def _store(value: str | None) -> str | Path | None:
    return value if value and value.startswith("keyring:") else _path(value)


def _path(value: str | None) -> Path | None:
    return Path(value).absolute() if value else None


def _cacert(given: Mapping[str, Any]) -> Path | None:
    path = _path(given["cacert"])
    if path is None:
        return None
    if given["insecure"]:
        message = "Ignoring the cacert option since insecure connections are enabled"
    elif path.is_file():
        return path
    else:
        message = f"Cacert File {given['cacert']} does not exist"
    print(Style.of(sys.stderr).red(message), file=sys.stderr)
    return None


def _app(name: str | None) -> Any:
    if not name:
        return None
    from bruscript.cli.own_code import load_app

    return load_app(name)


def _ask(name: str) -> str | None:
    """Ask for a prompt's value on the terminal; the end of the input means that there is none.

    An interrupt ends the run: it raises CancelledError.
    """
    sys.stderr.write("\r\x1b[K")
    hidden = bool(_HIDDEN.search(name))
    default = getattr(name, "default", None) or ""
    try:
        with _interruptible():
            answer = click.prompt(
                name, default=default, show_default=bool(default) and not hidden, hide_input=hidden, err=True
            )
    except click.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            import asyncio

            raise asyncio.CancelledError from None
        return None
    return str(answer)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Have an interrupt raise KeyboardInterrupt at once: the event loop's handler waits for the loop."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wakeup = signal.set_wakeup_fd(-1)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        signal.set_wakeup_fd(wakeup)


command = RunCommand(
    "run",
    callback=run,
    params=[click.Argument(["paths"], nargs=-1, type=click.Path(), metavar="[PATHS]..."), *OPTIONS],
    help=run.__doc__,
    epilog=EXAMPLES,
)
