"""Runs a collection with Bruno's command and with bruscript, each in its own copy."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Any

from bruscript.collection.json_shape import JsonMistake
from bruscript.collection.layout import BRU, layout_at
from bruscript.comparison.answers import Answers, Replay, Servers, Stub
from bruscript.comparison.arrival import Exchange
from bruscript.comparison.authority import Authority
from bruscript.comparison.child import run_within
from bruscript.comparison.proxy import Proxy, recording_proxy
from bruscript.comparison.reports import parse_report
from bruscript.errors import BruscriptError, InvalidFileError, PathNotFoundError
from bruscript.files import readable_path
from bruscript.records import record

_REDIRECT = Path(__file__).with_name("redirect.cjs")
_PROXIES = [
    name for each in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") for name in (each, each.upper())
]
DEFAULT_LIMIT = 1800.0
"""Seconds for each run."""


@record(frozen=True)
class Setting:
    """The input of both runs.

    `reference_options` and `options` are their command lines, of which relative paths begin at the copy.
    `beside` has copies put next to the collection's, by name: a workspace, files outside the collection.
    `limit` is how many seconds each run may take.
    """

    collection: Path
    bru: Sequence[str]
    reference_options: Sequence[str]
    options: Sequence[str]
    beside: Mapping[str, Path] = field(default_factory=dict)
    wire: bool = False
    stub: bool = False
    cacert: str | None = None
    ignore_truststore: bool = False
    insecure: bool = False
    limit: float = DEFAULT_LIMIT


@record(frozen=True)
class Run:
    """A run's report, and with `wire` what it sent."""

    report: Any
    exchanges: Sequence[Exchange] = ()


@record(frozen=True)
class Runs:
    """The reference's run and ours; `again` is our second one against the answers of the first."""

    theirs: Run
    ours: Run
    again: Run | None = None


def run_both(setting: Setting) -> Runs:
    """Run the collection with both. Raises BruscriptError where one writes no report."""
    if not setting.wire and not setting.stub:
        theirs = _run([*setting.bru, "run"], setting.reference_options, setting)
        return Runs(theirs, _run([sys.executable, "-m", "bruscript", "run"], setting.options, setting))
    with tempfile.TemporaryDirectory(prefix="bruscript-") as directory:
        authority = Authority(Path(directory))
        trusted = _trusted(Path(directory), authority, setting)

        def ours(answers: Answers) -> Run:
            with recording_proxy(authority, answers) as proxy:
                guard = ["bruscript.comparison.offline", str(proxy.port)] if setting.stub else ["bruscript"]
                command = [sys.executable, "-m", *guard, "run"]
                return _run(command, setting.options, setting, proxy=proxy, trusted=trusted)

        answers: Answers = Stub() if setting.stub else _servers(setting)
        with recording_proxy(authority, answers, redirected=True) as proxy:
            more = [os.environ.get("NODE_OPTIONS", ""), "--require", json.dumps(str(_REDIRECT))]
            node = {"BRUSCRIPT_RECORDING_PORT": str(proxy.port), "NODE_OPTIONS": " ".join(more)}
            command = [*setting.bru, "run"]
            theirs = _run(command, setting.reference_options, setting, node, proxy=proxy, trusted=trusted)
        first = ours(answers)
        if not setting.wire:
            return Runs(theirs, first)
        return Runs(theirs, first, ours(Stub() if setting.stub else Replay(list(first.exchanges))))


def find_bru(collection: Path, command: str | None) -> list[str]:
    """Return the path of Bruno's command: `command`, a local or an installed one."""
    if command:
        if path := shutil.which(command):
            return [str(Path(path).absolute())]
        raise PathNotFoundError(f"--bru {command}: no such command")
    for directory in (Path.cwd(), collection.resolve(), *collection.resolve().parents):
        if local := shutil.which("bru", path=str(directory / "node_modules" / ".bin")):
            return [local]
    if path := shutil.which("bru"):
        return [path]
    raise BruscriptError(
        "Bruno's command `bru` is not installed",
        hint="Install it with `npm install -g @usebruno/cli`, or name it with --bru.",
    )


def read_report(path: Path) -> Any:
    """Read a JSON report. Raises PathNotFoundError and InvalidFileError."""
    try:
        return parse_report(path.read_text("utf-8"))
    except FileNotFoundError:
        raise PathNotFoundError(f"Path not found: {readable_path(path)}") from None
    except JsonMistake as mistake:
        place = f"{readable_path(path)}:{mistake.line}:{mistake.column}"
        raise InvalidFileError(f"{place}: not a JSON report of a run: {mistake.message}") from None
    except (OSError, ValueError) as error:
        raise InvalidFileError(f"{readable_path(path)} is not a JSON report of a run: {error}") from None


def _servers(setting: Setting) -> Servers:
    try:
        return Servers(
            cacert=setting.cacert, only_cacert=setting.ignore_truststore, insecure=setting.insecure
        )
    except OSError as error:
        raise InvalidFileError(f"--cacert {setting.cacert}: {error.strerror or error}") from None


def _trusted(directory: Path, authority: Authority, setting: Setting) -> Path:
    """Return the file of the authorities that both runs trust: the proxy's, and the user's own."""
    path = directory / "trusted.pem"
    parts = [authority.certificate.read_bytes()]
    for more in (setting.cacert, os.environ.get("NODE_EXTRA_CA_CERTS")):
        try:
            parts += [Path(more).read_bytes()] if more else []
        except OSError as error:
            raise InvalidFileError(f"Cannot read {more}: {error.strerror}") from None
    path.write_bytes(b"\n".join(parts))
    return path


@contextmanager
def _copy(setting: Setting) -> Iterator[Path]:
    """Yield a copy of the collection: neither run is to see the variables that the other wrote back."""
    with tempfile.TemporaryDirectory(prefix="bruscript-") as directory:
        copy = Path(directory) / "collection"
        shutil.copytree(setting.collection, copy, symlinks=True)
        for name, source in setting.beside.items():
            target = Path(directory) / name
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True)
            else:
                target.parent.mkdir(exist_ok=True)
                shutil.copy2(source, target)
        yield copy


def _run(
    command: Sequence[str],
    options: Sequence[str],
    setting: Setting,
    more: Mapping[str, str] | None = None,
    *,
    proxy: Proxy | None = None,
    trusted: Path | None = None,
) -> Run:
    environment = dict(os.environ)
    with _copy(setting) as copy:
        options = list(options)
        if proxy is not None and trusted is not None:
            _without_proxy(copy)
            for name in _PROXIES:
                environment.pop(name, None)
            environment["NODE_EXTRA_CA_CERTS"] = str(trusted)
            options += ["--cacert", str(trusted)]
            if setting.stub:
                environment.pop("BROWSER", None)
            if more:
                # Its client for proxies garbles multipart bodies; its connections are redirected instead.
                environment.update(more)
                options.append("--noproxy")
            else:
                environment.update(http_proxy=proxy.url, https_proxy=proxy.url)
        report = copy.parent / "report.json"
        name = "bruscript" if command[0] == sys.executable else Path(command[0]).name
        command = [*command, *options, "--reporter-json", str(report)]
        ended = run_within(setting.limit, command, f"`{name} run`", copy, environment)
        if not report.is_file():
            raise BruscriptError(f"{name} wrote no report (exit status {ended.status}):\n{ended.last_lines}")
        return Run(read_report(report), list(proxy.exchanges) if proxy else [])


def _without_proxy(copy: Path) -> None:
    """Remove the collection's own proxy from a copy, for the recording one to be used."""
    layout = layout_at(copy)
    assert layout is not None
    path = copy / layout.config_file
    try:
        if layout is BRU:
            settings = json.loads(path.read_text("utf-8-sig"))
            if settings.pop("proxy", None) is not None:
                path.write_text(json.dumps(settings, indent=2), "utf-8")
            return
        import yaml

        settings = yaml.safe_load(path.read_text("utf-8-sig"))
        if settings["config"].pop("proxy", None) is not None:
            path.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), "utf-8")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Both runs say what is wrong with the file.
        return
    except Exception as error:
        if type(error).__module__.startswith("yaml"):
            return
        raise
