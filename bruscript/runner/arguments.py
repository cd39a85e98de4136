"""The options of a run as keyword arguments, for completion and type checkers.

The arguments are written by `python tests/runner/run_arguments.py` from the fields of `RunOptions`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from typing import TypeAlias

    from bruscript.collection import Folder, Request
    from bruscript.runner.events import Reporter
    from bruscript.runner.options import App, Authorize, Isolation, Lifespan, Mode, Prompt, Store

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
    tags: Texts
    exclude_tags: Texts
    tests_only: bool
    pass_with_no_requests: bool
    bail: bool
    delay_ms: float
    retries: int
    retry_delay_ms: float
    app: App | None
    lifespan: Lifespan
    raise_app_exceptions: bool
    env: str | None
    env_file: FilePath | None
    env_vars: Mapping[str, Value]
    global_env: str | None
    global_env_vars: Mapping[str, Value]
    workspace_path: FilePath | None
    secrets_env_file: FilePath | None
    mask: Texts
    no_mask: Texts
    prompts: Mapping[str, str]
    prompt: Prompt | None
    strict_variables: bool
    persist: bool
    csv_file: FilePath | None
    json_file: FilePath | None
    iteration_count: int
    parallel: int
    keep_results: bool
    sandbox: Mode
    script_timeout: float
    script_memory: int
    isolation: Isolation
    allow_read: Texts | None
    allow_write: Texts | None
    allow_net: Texts | None
    allow_env: Texts | None
    deny_read: Texts | None
    deny_write: Texts | None
    deny_net: Texts | None
    deny_env: Texts | None
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
    reporters: Iterable[Reporter]
