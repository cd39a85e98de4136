"""Tokens from `az`, the command of Azure."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bruscript.files import scratch_file
from bruscript.option_names import option
from bruscript.secret_managers.errors import SecretError, clean

if TYPE_CHECKING:
    from bruscript.http.config import ClientConfig

_PATIENCE = 60


def _hint() -> str:
    return (
        "Sign in with `az login`, or give BRUNO_AZURE_KEY_VAULT_TENANT_ID, …_CLIENT_ID and …_CLIENT_SECRET "
        f"in the file of {option('--secrets-env-file')}."
    )


async def access_token(resource: str, tls: ClientConfig) -> str:
    """Return a token for `resource`; `az` trusts whom `tls` trusts. Raises SecretError."""
    command = shutil.which("az")
    if command is None:
        raise SecretError("The command `az` is not installed", hint=_hint())
    with _environment(tls) as environment:
        process = await asyncio.create_subprocess_exec(
            command,
            *("account", "get-access-token", "--output", "json", "--resource", resource),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), _PATIENCE)
        except BaseException as error:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            if isinstance(error, asyncio.TimeoutError):
                raise SecretError(f"`az` gave no token within {_PATIENCE} s", hint=_hint()) from None
            raise
    if process.returncode:
        raise SecretError(f"`az` gave no token: {clean(err.decode(errors='replace'))}", hint=_hint())
    try:
        token = json.loads(out)["accessToken"]
    except (ValueError, KeyError, TypeError):
        token = None
    if not isinstance(token, str) or not token:
        raise SecretError("`az` printed no accessToken", hint=_hint())
    return token


@contextlib.contextmanager
def _environment(tls: ClientConfig) -> Iterator[dict[str, str]]:
    """Return the environment for `az`, which gets certificates only from variables."""
    environment = dict(os.environ)
    if not tls.verify:
        environment["AZURE_CLI_DISABLE_CONNECTION_VERIFICATION"] = "1"
    if tls.cacert is None:
        yield environment
        return
    if tls.ignore_truststore:
        yield {**environment, "REQUESTS_CA_BUNDLE": str(tls.cacert)}
        return
    with scratch_file(_known_authorities() + b"\n" + tls.cacert.read_bytes()) as bundle:
        yield {**environment, "REQUESTS_CA_BUNDLE": bundle}


def _known_authorities() -> bytes:
    path = os.environ.get("REQUESTS_CA_BUNDLE") or ssl.get_default_verify_paths().cafile
    if path is None or not Path(path).is_file():
        import certifi

        path = certifi.where()
    return Path(path).read_bytes()
