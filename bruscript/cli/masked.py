"""What commands that run nothing print, without the secrets that a run would know."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bruscript.collection.dotenv import read_dotenv
from bruscript.collection.layout import root_of
from bruscript.errors import BruscriptError
from bruscript.masking import Mask
from bruscript.masking.messages import own_message

if TYPE_CHECKING:
    from bruscript.collection import Collection, Request
    from bruscript.runner import RunOptions


class Messages:
    """Masks messages about files: it knows the secrets of the process and of the collection's `.env`."""

    def __init__(self) -> None:
        self._masks: dict[Path | None, Mask] = {}

    def masked(self, path: Path, text: object) -> str:
        """Return a message about the file at `path` as it may be shown."""
        root = root_of(path.absolute().parent)
        if root not in self._masks:
            # Imported here: most files have no mistakes.
            from bruscript.runner.secrets import RunSecrets

            self._masks[root] = mask = Mask()
            dotenv: dict[str, str] = {}
            with suppress(BruscriptError):
                dotenv = read_dotenv(root / ".env") if root else {}
            RunSecrets(mask).process(os.environ, dotenv)
        return own_message(self._masks[root], str(text))


def mask_of(collection: Collection, requests: Iterable[Request], options: RunOptions | None = None) -> Mask:
    """Return a mask of what a run of `requests` knows to be secret when it begins."""
    from bruscript.evaluate import Scopes
    from bruscript.runner.auth_secrets import AuthSecrets
    from bruscript.runner.options import RunOptions
    from bruscript.runner.secrets import RunSecrets
    from bruscript.runner.variables import RunVariables, load_variables

    mask = Mask()
    secrets = RunSecrets(mask)
    variables = RunVariables()
    # An environment that cannot be read is the error of the command that wants it.
    with suppress(BruscriptError):
        variables = load_variables(collection, options or RunOptions(), secrets)
    scopes = Scopes(
        environment=variables.values,
        global_env=variables.global_values,
        process_env=variables.process_env,
    )
    AuthSecrets(requests, collection.path, secrets, mask).learn(scopes)
    return mask
