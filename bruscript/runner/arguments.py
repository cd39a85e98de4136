"""The options of a run as keyword arguments, for completion and type checkers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from typing import TypeAlias

    from bruscript.collection import Folder, Request
    from bruscript.runner.events import Reporter
    from bruscript.runner.options import App, Authorize, Prompt, Store

    FilePath: TypeAlias = str | os.PathLike[str]
    Value: TypeAlias = str | float | bool | list[Any] | dict[str, Any] | None
    Texts: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
    Paths: TypeAlias = FilePath | Request | Folder | Iterable[FilePath | Request | Folder]


class RunArguments(TypedDict, total=False):
    """The fields of `RunOptions`, each with all types that it accepts, and `reporters`.

    Reporters receive the run's events, in order and from one thread; see `bruscript.runner.events`.
    """

    paths: Paths
    recursive: bool
    env: str | None
    env_file: FilePath | None
    env_vars: Mapping[str, Value]
    global_env: str | None
    global_env_vars: Mapping[str, Value]
    workspace_path: FilePath | None
    secrets_env_file: FilePath | None
    sandbox: Literal["safe", "developer"]
    isolation: Literal["process", "thread"]
    script_timeout: float
    script_memory: int
    allow_read: Texts | None
    allow_write: Texts | None
    allow_net: Texts | None
    allow_env: Texts | None
    deny_read: Texts | None
    deny_write: Texts | None
    deny_net: Texts | None
    deny_env: Texts | None
    bail: bool
    delay_ms: float
    retries: int
    retry_delay_ms: float
    tests_only: bool
    tags: Texts
    exclude_tags: Texts
    pass_with_no_requests: bool
    strict_variables: bool
    csv_file: FilePath | None
    json_file: FilePath | None
    iteration_count: int
    parallel: int
    mask: Texts
    no_mask: Texts
    prompts: Mapping[str, str]
    prompt: Prompt | None
    persist: bool
    app: App | None
    lifespan: Literal["auto", "off"]
    raise_app_exceptions: bool
    insecure: bool
    cacert: FilePath | None
    ignore_truststore: bool
    client_cert_config: FilePath | None
    noproxy: bool
    cookies: bool
    http2: bool
    cache_ssl_session: bool
    retry_unauthorized: bool
    token_store: Store | None
    oauth2_timeout: float
    authorize: Authorize | None
    verbose: bool
    keep_results: bool
    reporters: Iterable[Reporter]
