"""Reports variables that are not set: each once for a file, or as the error of the request that uses it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bruscript.evaluate.unresolved import Unresolved, UnresolvedVariableError, find, missing_names, texts_of

if TYPE_CHECKING:
    from bruscript.collection import Collection, Request
    from bruscript.evaluate import PreparedRequest, Scopes

# Each is looked for in the files, and scripts may make texts with any number of them.
_MOST_NAMED: Final = 50


class UnsetVariables:
    """Looks for templates that nothing will resolve, in the requests of one run.

    `secrets` are the declared secrets without a value, each with the option that gives it one.
    """

    def __init__(
        self,
        collection: Collection,
        environments: tuple[Path | None, ...],
        secrets: Mapping[str, str],
        *,
        strict: bool,
    ) -> None:
        self._collection = collection
        self._secrets = secrets
        self._environments = environments
        self._strict = strict
        self._reported: set[tuple[str, Path]] = set()

    def check(
        self, request: Request, prepared: PreparedRequest, scopes: Scopes, *, tokens: bool = True
    ) -> list[str]:
        """Return a warning for each variable that was not reported for its file yet.

        Without `tokens`, the fields of the token that is still to be fetched count as set, and only secrets
        without a value are reported. Raises UnresolvedVariableError where variables must be set.
        """
        only_secrets = not tokens and not self._strict
        if only_secrets and not self._secrets:
            return []
        return self._check(
            request, prepared, scopes, tokens=tokens, strict=self._strict, only_secrets=only_secrets
        )

    def rehearsed(
        self, request: Request, prepared: PreparedRequest, scopes: Scopes, *, scripts: bool
    ) -> list[str]:
        """Check a request that is not sent, so that it has no token.

        With `scripts`, which have not run and may set variables, even a strict run only warns.
        """
        strict = self._strict and not scripts
        return self._check(request, prepared, scopes, tokens=False, strict=strict)

    def _check(
        self,
        request: Request,
        prepared: PreparedRequest,
        scopes: Scopes,
        *,
        tokens: bool,
        strict: bool,
        only_secrets: bool = False,
    ) -> list[str]:
        secrets = self._secrets
        variables = scopes.combined()
        names = missing_names(texts_of(prepared), variables, tokens=tokens, secrets=secrets)
        if only_secrets:
            names = [name for name in names if name in secrets]
        if not names:
            return []
        results = [
            find(
                request, name, variables, self._environments, secrets.get(name) if name in variables else None
            )
            for name in names[:_MOST_NAMED]
        ]
        rest = len(names) - len(results)
        more = [f"{rest} more variables that the request uses are not set"] if rest else []
        if strict:
            raise UnresolvedVariableError("\n".join([*map(self._text, results), *more]))
        new = [each for each in results if (each.name, each.path) not in self._reported]
        self._reported.update((each.name, each.path) for each in new)
        return [*map(self._text, new), *(more if new else ())]

    def _text(self, unresolved: Unresolved) -> str:
        path, root = unresolved.path, self._collection.path
        relative = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        line = f":{unresolved.line}" if unresolved.line else ""
        return f"{relative}{line}: {unresolved.message()}"
