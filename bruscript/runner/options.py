"""The options of a run, each declared once: its name, type, default, limits, and its words in the help."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import Field, field, fields, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, get_args

from bruscript.lang.choices import nearest
from bruscript.option_values import READERS, path_of, wrong_value
from bruscript.records import record
from bruscript.sandbox import LEAST_SCRIPT_MEMORY, SCRIPT_MEMORY

Prompt = Callable[[str], "str | None"]
Authorize = Callable[[str], "str | Awaitable[str]"]
Value = Any
"""What JSON has: a text, number or boolean, None, a list or a mapping."""
App = Any
"""An ASGI or WSGI application."""
Store = Any
"""A token store, or what `open_store` takes for one."""
Mode = Literal["safe", "developer"]
Isolation = Literal["process", "thread"]
Lifespan = Literal["auto", "off"]
_T = TypeVar("_T")

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "Mode": get_args(Mode),
    "Isolation": get_args(Isolation),
    "Lifespan": get_args(Lifespan),
}
"""The types with a fixed set of values, and these values."""
AT_ONCE: Final = 8
"""How many run at once where `--parallel` names no number."""

_REQUESTS: Final = "Requests"
_VARIABLES: Final = "Environments and variables"
_ITERATIONS: Final = "Iterations"
_SCRIPTS: Final = "Scripts"
_CONNECTIONS: Final = "Connections"
_OAUTH2: Final = "OAuth 2.0"
_TERMINAL: Final = "Terminal"


def _option(
    default: _T,
    section: str,
    help: str,
    metavar: str | None = None,
    *,
    least: int | None = None,
    above: int | None = None,
) -> _T:
    """Declare an option of the command too, under a heading of its help.

    `least` is the least value of a number; `above` the number that it must exceed.
    """
    words = {"section": section, "help": help, "metavar": metavar, "least": least, "above": above}
    # A mapping is empty by default, and may hold secrets.
    made: Any = (
        field(default_factory=dict, repr=False, metadata=words)
        if isinstance(default, dict)
        else field(default=default, metadata=words)
    )
    result: _T = made
    return result


@record(frozen=True, kw_only=True)
class RunOptions:
    """The options of `bruscript run`, under the same names; every one has the command's default.

    Paths may be strings, and a list may be a single element. `paths` also takes requests and folders of the
    collection. Relative paths start at the current directory, or at the collection if nothing is found
    there. `delay_ms`, `retry_delay_ms` and the request settings' timeouts are in milliseconds,
    `script_timeout` and `oauth2_timeout` in seconds, `script_memory` in MiB.

    `retries` is how often a request that failed is sent again, and `retry_delay_ms` how long after; a
    request's own settings `retries` and `retryDelay` take precedence. `mask` names variables, of any scope,
    whose values are secret, `no_mask` those whose values are not.
    `secrets_env_file` has the account for the secret managers that the environment declares. `app` is an ASGI
    or WSGI application that gets every request instead of the network. An ASGI application is started before
    the first request and shut down at the end, unless `lifespan` is "off", for an application that is running
    already. With `raise_app_exceptions` the first exception that it raises ends the run, and is raised.
    `prompt` is called for the value of a `{{?name}}` that `prompts` lacks. If it returns None, the prompt's
    default is used (the name has it as its attribute `default`); without one the request is skipped.
    `authorize` replaces the browser in OAuth 2.0's authorization code and implicit grants: it takes the
    authorization URL and returns the URL that the user was redirected to. `keep_results=False` drops each
    result after the reporters have it, for runs of many iterations; `RunResult` then has only the counts.

    Examples:
        >>> bruscript.RunOptions(tags="smoke", csv_file="rows.csv").tags
        ('smoke',)
    """

    paths: tuple[Path, ...] = ()
    recursive: bool = _option(False, _REQUESTS, "Run the requests of subfolders too.")
    tags: tuple[str, ...] = _option(
        (), _REQUESTS, "Run only requests with one of these tags (comma-separated, repeatable).", "TAGS"
    )
    exclude_tags: tuple[str, ...] = _option(
        (), _REQUESTS, "Leave out requests with one of these tags.", "TAGS"
    )
    tests_only: bool = _option(False, _REQUESTS, "Run only requests that have a test or an active assertion.")
    pass_with_no_requests: bool = _option(False, _REQUESTS, "Succeed even if no requests are selected.")
    bail: bool = _option(False, _REQUESTS, "Stop after the first failure of a request, test or assertion.")
    delay_ms: float = _option(0, _REQUESTS, "Milliseconds between requests.", "MS", least=0)
    retries: int = _option(
        0, _REQUESTS, "Send a failed request up to N more times; one that then passes is flaky.", "N", least=0
    )
    retry_delay_ms: float = _option(
        0, _REQUESTS, "Milliseconds before a request is sent again.", "MS", least=0
    )
    app: App | None = _option(
        None,
        _REQUESTS,
        "Send all requests to this ASGI or WSGI application, in this process.",
        "MODULE_OR_FILE:ATTRIBUTE",
    )
    lifespan: Lifespan = "auto"
    raise_app_exceptions: bool = False
    env: str | None = _option(None, _VARIABLES, "Environment of the collection.", "NAME")
    env_file: Path | None = _option(
        None, _VARIABLES, "Environment from a file (.bru, .json or .yml).", "FILE"
    )
    env_vars: Mapping[str, Value] = _option(
        {}, _VARIABLES, "Set an environment variable (repeatable).", "NAME=VALUE"
    )
    global_env: str | None = _option(None, _VARIABLES, "Global environment of the workspace.", "NAME")
    global_env_vars: Mapping[str, Value] = _option(
        {}, _VARIABLES, "Set a variable of the global environment (repeatable).", "NAME=VALUE"
    )
    workspace_path: Path | None = _option(
        None,
        _VARIABLES,
        "Directory with workspace.yml (default: the nearest above the collection).",
        "DIR",
    )
    secrets_env_file: Path | None = _option(
        None,
        _VARIABLES,
        "File with the accounts (BRUNO_… settings) of the environment's secret managers.",
        "FILE",
    )
    mask: tuple[str, ...] = _option(
        (),
        _VARIABLES,
        "Mask the value of this variable in all output (comma-separated, repeatable).",
        "NAME",
    )
    no_mask: tuple[str, ...] = _option(
        (), _VARIABLES, "Show the value of this variable, although it is or looks like a secret.", "NAME"
    )
    prompts: Mapping[str, str] = _option(
        {}, _VARIABLES, "Answer a prompt {{?NAME}} (repeatable).", "NAME=VALUE"
    )
    prompt: Prompt | None = None
    strict_variables: bool = _option(
        False, _VARIABLES, "Do not send requests that use a variable that is not set."
    )
    persist: bool = _option(
        True, _VARIABLES, "Do not write variables that scripts set back to the collection's files."
    )
    csv_file: Path | None = _option(None, _ITERATIONS, "Run once for each row of a CSV file.", "FILE")
    json_file: Path | None = _option(None, _ITERATIONS, "Run once for each object of a JSON file.", "FILE")
    iteration_count: int = _option(1, _ITERATIONS, "How often to run.", "N", least=1)
    parallel: int = _option(
        1,
        _ITERATIONS,
        f"Run N iterations (or, where no script jumps, requests) at once; N defaults to {AT_ONCE}.",
        "[N]",
        least=1,
    )
    keep_results: bool = True
    sandbox: Mode = _option("safe", _SCRIPTS, "What scripts may do.")
    script_timeout: float = _option(30.0, _SCRIPTS, "Time limit of a script.", "SECONDS", above=0)
    script_memory: int = _option(
        SCRIPT_MEMORY, _SCRIPTS, "Memory limit of a script.", "MIB", least=LEAST_SCRIPT_MEMORY
    )
    isolation: Isolation = _option(
        "process", _SCRIPTS, "Where scripts run; thread is for scripts that you trust."
    )
    allow_read: tuple[str, ...] | None = _option(
        None,
        _SCRIPTS,
        "Let scripts read these files or directories (comma-separated, repeatable).",
        "PATHS",
    )
    allow_write: tuple[str, ...] | None = _option(
        None, _SCRIPTS, "Let scripts write these files or directories.", "PATHS"
    )
    allow_net: tuple[str, ...] | None = _option(
        None, _SCRIPTS, "Let scripts reach these hosts (HOST or HOST:PORT).", "HOSTS"
    )
    allow_env: tuple[str, ...] | None = _option(
        None, _SCRIPTS, "Let scripts see these environment variables.", "NAMES"
    )
    deny_read: tuple[str, ...] | None = _option(
        None,
        _SCRIPTS,
        "Never let scripts read these files or directories (comma-separated, repeatable).",
        "PATHS",
    )
    deny_write: tuple[str, ...] | None = _option(
        None, _SCRIPTS, "Never let scripts write these files or directories.", "PATHS"
    )
    deny_net: tuple[str, ...] | None = _option(
        None, _SCRIPTS, "Never let scripts reach these hosts (HOST or HOST:PORT).", "HOSTS"
    )
    deny_env: tuple[str, ...] | None = _option(
        None, _SCRIPTS, "Never let scripts see these environment variables.", "NAMES"
    )
    insecure: bool = _option(False, _CONNECTIONS, "Do not verify the certificates of servers.")
    cacert: Path | None = _option(
        None, _CONNECTIONS, "CA certificates to trust, in addition to the system's.", "FILE"
    )
    ignore_truststore: bool = _option(False, _CONNECTIONS, "Trust only the certificates of --cacert.")
    client_cert_config: Path | None = _option(
        None, _CONNECTIONS, "JSON file with client certificates.", "FILE"
    )
    noproxy: bool = _option(False, _CONNECTIONS, "Use no proxy, neither the collection's nor the system's.")
    cookies: bool = _option(True, _CONNECTIONS, "Neither keep nor send cookies.")
    http2: bool = _option(False, _CONNECTIONS, "Use HTTP/2 with servers that support it.")
    cache_ssl_session: bool = _option(
        False, _CONNECTIONS, "Accepted for compatibility: connections are always reused."
    )
    retry_unauthorized: bool = _option(
        False, _OAUTH2, "On a 401, get a new token and send the request once more."
    )
    token_store: Store | None = _option(
        None,
        _OAUTH2,
        "Keep tokens in this file between runs, or in the system's keychain (keyring:NAME).",
        "FILE",
    )
    oauth2_timeout: float = _option(
        120.0, _OAUTH2, "How long to wait for a sign-in in the browser.", "SECONDS", above=0
    )
    authorize: Authorize | None = None
    verbose: bool = _option(
        False,
        _TERMINAL,
        "Show URLs, timings and fetched tokens; -vv all headers and bodies too (masked).",
    )

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> RunOptions:
        """Return the options that keyword arguments name. Raises TypeError for an unknown or unusable one.

        Examples:
            >>> bruscript.RunOptions.of({"tags": "smoke"}).tags
            ('smoke',)
        """
        if not isinstance(values, Mapping):
            raise wrong_value("values", "a mapping of names to values", values)
        names = [option.name for option in fields(cls)]
        for name in values:
            if name not in names:
                raise TypeError(f"{name} is not a run option{nearest(str(name), names)}")
        return cls(**values)

    def located(self, directory: Path) -> RunOptions:
        """Return the options with each path that leads nowhere, but does from `directory`, as from there.

        Examples:
            >>> bruscript.RunOptions(paths="users").located("shop").paths
            (PosixPath('shop/users'),)
        """
        directory = path_of("directory", directory)
        changes: dict[str, Any] = {}
        for option in fields(self):
            value = getattr(self, option.name)
            if str(option.type) == "Path | None" and value is not None:
                changes[option.name] = _located(value, directory)
            elif str(option.type) == "tuple[Path, ...]":
                changes[option.name] = tuple(_located(path, directory) for path in value)
        return replace(self, **changes)

    def __post_init__(self) -> None:
        """Convert the values. Raises TypeError or ValueError, naming the option, if one makes no sense."""
        for option in fields(self):
            _check(option, value := _read(option, getattr(self, option.name)))
            object.__setattr__(self, option.name, value)


def _read(option: Field[Any], value: Any) -> Any:
    kind = str(option.type)
    if kind not in CHOICES:
        return READERS[kind](option.name, value)
    words = " or ".join(CHOICES[kind])
    if not isinstance(value, str):
        raise wrong_value(option.name, words, value)
    if value not in CHOICES[kind]:
        raise ValueError(f"{option.name} must be {words}, not {value!r}")
    return value


def _check(option: Field[Any], value: Any) -> None:
    least, above = option.metadata.get("least"), option.metadata.get("above")
    if least is not None and value < least:
        raise ValueError(f"{option.name} must be at least {least}")
    if above is not None and value <= above:
        raise ValueError(f"{option.name} must be above {above}")


def _located(path: Path, directory: Path) -> Path:
    below = directory / path
    return below if not path.exists() and below.exists() else path
