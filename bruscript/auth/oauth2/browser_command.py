"""Opens a URL in the browser that `BROWSER` names, or in the system's."""

from __future__ import annotations

import os
import shlex
import subprocess

from bruscript.records import record


@record(frozen=True)
class Opening:
    """How opening a URL ended.

    `opened` is whether anything was started, and `problem` why not. `command` is that of `BROWSER`, and
    `status` its exit status; None for the system's browser, and for a background command, whose end says
    nothing about the user.
    """

    opened: bool
    command: str = ""
    status: int | None = None
    problem: str = ""


def open_url(url: str) -> Opening:
    """Open `url`, and wait for the command of `BROWSER` to end.

    Of several commands, separated as in PATH, the first that succeeds is taken. A command has `%s` where the
    URL belongs, or gets it as its last argument; with `&` at its end it is not waited for.
    """
    commands = [command for command in os.environ.get("BROWSER", "").split(os.pathsep) if command.strip()]
    if not commands:
        return Opening(_open_by_system(url))
    last = Opening(False)
    for command in commands:
        opening = _run(command, url)
        if opening.opened and not opening.status:
            return opening
        last = opening if opening.opened or not last.opened else last
    return last


def _run(command: str, url: str) -> Opening:
    try:
        words = shlex.split(command)
    except ValueError as error:
        return Opening(False, command, problem=str(error))
    background = words[-1:] == ["&"]
    words = words[:-1] if background else words
    if not words:
        return Opening(False, command, problem="it is empty")
    has_place = any("%s" in word for word in words)
    arguments = [word.replace("%s", url) for word in words] if has_place else [*words, url]
    try:
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL if background else None)
    except OSError as error:
        # Without a place for the URL it may be the name of a browser that the system knows.
        if not has_place and _open_by_system(url, command):
            return Opening(True)
        return Opening(False, command, problem=error.strerror or str(error))
    return Opening(True, command, None if background else process.wait())


def _open_by_system(url: str, name: str | None = None) -> bool:
    import webbrowser

    try:
        return webbrowser.get(name).open(url)
    except (webbrowser.Error, OSError):
        return False
