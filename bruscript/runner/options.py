"""The options of a run: the command's, as a dataclass."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field, fields, replace
from pathlib import Path
from typing import Any, Final, Literal

from bruscript.lang.choices import nearest
from bruscript.option_values import READERS, wrong_value
from bruscript.records import record

Prompt = Callable[[str], "str | None"]
Authorize = Callable[[str], "str | Awaitable[str]"]
Value = Any
"""What JSON has: a text, number or boolean, None, a list or a mapping."""
App = Any
"""An ASGI or WSGI application."""
Store = Any
"""A token store, or what `open_store` takes for one."""

CHOICES: Final[Mapping[str, tuple[str, str]]] = {
    "sandbox": ("safe", "developer"),
    "isolation": ("process", "thread"),
    "lifespan": ("auto", "off"),
}
"""The options with a fixed set of values, and these values."""
_LEAST: Final[Mapping[str, int]] = {
    "iteration_count": 1,
    "parallel": 1,
    "retries": 0,
    "delay_ms": 0,
    "retry_delay_ms": 0,
    "script_memory": 8,
}
"""The least value of numbers that have one."""


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
    recursive: bool = False
    env: str | None = None
    env_file: Path | None = None
    env_vars: Mapping[str, Value] = field(default_factory=dict, repr=False)
    global_env: str | None = None
    global_env_vars: Mapping[str, Value] = field(default_factory=dict, repr=False)
    workspace_path: Path | None = None
    secrets_env_file: Path | None = None
    sandbox: Literal["safe", "developer"] = "safe"
    isolation: Literal["process", "thread"] = "process"
    script_timeout: float = 30.0
    script_memory: int = 256
    allow_read: tuple[str, ...] | None = None
    allow_write: tuple[str, ...] | None = None
    allow_net: tuple[str, ...] | None = None
    allow_env: tuple[str, ...] | None = None
    deny_read: tuple[str, ...] | None = None
    deny_write: tuple[str, ...] | None = None
    deny_net: tuple[str, ...] | None = None
    deny_env: tuple[str, ...] | None = None
    bail: bool = False
    delay_ms: float = 0
    retries: int = 0
    retry_delay_ms: float = 0
    tests_only: bool = False
    tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    pass_with_no_requests: bool = False
    strict_variables: bool = False
    csv_file: Path | None = None
    json_file: Path | None = None
    iteration_count: int = 1
    parallel: int = 1
    mask: tuple[str, ...] = ()
    no_mask: tuple[str, ...] = ()
    prompts: Mapping[str, str] = field(default_factory=dict, repr=False)
    prompt: Prompt | None = None
    persist: bool = True
    app: App | None = None
    lifespan: Literal["auto", "off"] = "auto"
    raise_app_exceptions: bool = False
    insecure: bool = False
    cacert: Path | None = None
    ignore_truststore: bool = False
    client_cert_config: Path | None = None
    noproxy: bool = False
    cookies: bool = True
    http2: bool = False
    cache_ssl_session: bool = False
    retry_unauthorized: bool = False
    token_store: Store | None = None
    oauth2_timeout: float = 120.0
    authorize: Authorize | None = None
    verbose: bool = False
    keep_results: bool = True

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> RunOptions:
        """Return the options that keyword arguments name. Raises TypeError for an unknown or unusable one."""
        names = [option.name for option in fields(cls)]
        for name in values:
            if name not in names:
                raise TypeError(f"{name} is not a run option{nearest(name, names)}")
        return cls(**values)

    def located(self, directory: Path) -> RunOptions:
        """Return the options with each path that leads nowhere, but does from `directory`, as from there."""
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
            if read := READERS.get(str(option.type)):
                object.__setattr__(self, option.name, read(option.name, getattr(self, option.name)))
        for name, allowed in CHOICES.items():
            value, kind = getattr(self, name), " or ".join(allowed)
            if not isinstance(value, str):
                raise wrong_value(name, kind, value)
            if value not in allowed:
                raise ValueError(f"{name} must be {kind}, not {value!r}")
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}")
        for name in ("script_timeout", "oauth2_timeout"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0")


def _located(path: Path, directory: Path) -> Path:
    below = directory / path
    return below if not path.exists() and below.exists() else path
