"""Which of several tokens with one credentials id a request sees: never another user's."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bruscript.auth.oauth2 import Config
from bruscript.evaluate.merge import merge
from bruscript.evaluate.resolve import resolve_settings
from bruscript.records import record

if TYPE_CHECKING:
    from bruscript.auth.oauth2 import TokenKey, TokenManager
    from bruscript.collection import Collection
    from bruscript.evaluate import Effective, PreparedRequest, Scopes


@record(frozen=True, eq=False)
class _Declaration:
    """A block in use, and a request that uses it: its folders' variables decide the block's values."""

    request: Effective
    constant: Config | None
    """The configuration of a block without templates."""

    @classmethod
    def of(cls, request: Effective) -> _Declaration:
        templates = "{{" in repr(request.auth.config)
        return cls(request, None if templates else Config.from_block(request.auth.config))

    def config(self, scopes: Scopes) -> Config:
        if self.constant is not None:
            return self.constant
        here = replace(scopes)
        here.enter(self.request)
        return Config.from_block(resolve_settings(self.request.auth, here).config)


class Identities:
    """The OAuth 2.0 configurations of a collection, as requests see them."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def variables(
        self,
        tokens: TokenManager,
        scopes: Scopes,
        prepared: PreparedRequest | None,
        own: TokenKey | None,
    ) -> dict[str, Any]:
        """Return the token variables for a request; `own` is what its token is kept by, once that is known.

        If several tokens have one id, it sees that of its own configuration; else the one that was used last
        in its iteration; else the one that the collection's configurations with this id ask for, as the
        variables are now.
        """
        chosen: dict[str, TokenKey] = dict(scopes.credentials)
        if own is None and prepared is not None and prepared.auth.mode == "oauth2":
            here = scopes
            if "{{$oauth2." in repr(prepared.auth.config):
                here = replace(scopes, oauth2=tokens.variables(chosen, self._declared(scopes)))
            own = self.identified(Config.from_block(resolve_settings(prepared.auth, here).config), here).key
        if own is not None:
            chosen[own.credentials_id] = own
        return tokens.variables(chosen, self._declared(scopes))

    def configs(
        self, credentials_id: str, scopes: Scopes, above: tuple[str, ...] = ()
    ) -> dict[TokenKey, Config]:
        """Return the configurations with this id that ask for different tokens, by these tokens' keys.

        If one of them was used in this iteration, it is that one. `above` are the ids whose exchanges lead
        here.
        """
        configs: dict[TokenKey, Config] = {}
        for declaration in self._declarations:
            config = declaration.config(scopes)
            if config.credentials_id == credentials_id:
                configs.setdefault(self.identified(config, scopes, above).key, config)
        used = scopes.credentials.get(credentials_id)
        return {used: configs[used]} if used in configs else configs

    def identified(self, config: Config, scopes: Scopes, above: tuple[str, ...] = ()) -> Config:
        """Return `config` with the identity whose token it exchanges, if it exchanges one by its id."""
        subject_id = config.more.subject_credentials_id
        above = (*above, config.credentials_id)
        if config.grant_type != "token_exchange" or not subject_id or config.more.subject_token:
            return config
        subjects = self.configs(subject_id, scopes, above) if subject_id not in above else {}
        if len(subjects) != 1:
            return config
        [(key, subject)] = subjects.items()
        subject_type = config.more.subject_token_type or subject.token_source
        more = replace(config.more, subject=key.fingerprint, subject_token_type=subject_type)
        return replace(config, more=more)

    def _declared(self, scopes: Scopes) -> _Lookup:
        return _Lookup(self, self._declarations, scopes)

    @cached_property
    def _declarations(self) -> list[_Declaration]:
        distinct: dict[Any, Effective] = {}
        for request in self._collection.walk():
            effective = merge(request)
            if effective.auth.mode == "oauth2":
                variables = (effective.folder_vars, effective.request_vars)
                varies = "{{" in repr(effective.auth.config)
                distinct.setdefault((effective.auth.source, repr(variables) if varies else ""), effective)
        return [_Declaration.of(effective) for effective in distinct.values()]


class _Lookup:
    """The keys that a credentials id can mean; the configurations are resolved when one is asked for."""

    def __init__(self, identities: Identities, declarations: list[_Declaration], scopes: Scopes) -> None:
        self._identities = identities
        self._declarations = declarations
        self._scopes = scopes

    @cached_property
    def _keys(self) -> dict[str, list[TokenKey]]:
        keys: dict[str, list[TokenKey]] = {}
        for declaration in self._declarations:
            config = self._identities.identified(declaration.config(self._scopes), self._scopes)
            key = config.key
            keys.setdefault(key.credentials_id, []).append(key)
        return keys

    def __call__(self, credentials_id: str) -> list[TokenKey] | None:
        return self._keys.get(credentials_id)
