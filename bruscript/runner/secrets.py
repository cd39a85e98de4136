"""Which values of a run are secret: its mask learns them here as they come up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from bruscript.masking import SENSITIVE_HEADERS, Mask
from bruscript.masking.names import is_secret, is_secret_name, is_secret_setting, looks_secret
from bruscript.masking.parts import in_header, passwords
from bruscript.masking.words import SHORTEST
from bruscript.option_names import option

if TYPE_CHECKING:
    from pathlib import Path

    from bruscript.collection import Environment
    from bruscript.evaluate import Scopes
    from bruscript.http import AuthConfig, ClientConfig, OutgoingRequest, Response

_SHORTEST_OF_PROCESS = 4
"""The process has variables of everybody's; of their short values every other figure would be blanked."""
_SESSION = re.compile(r"sess|sid\b|auth|login|csrf|xsrf|remember", re.IGNORECASE)


class RunSecrets:
    """Adds a run's secrets to its mask.

    `masked` are names of variables that the user wants masked as well, wherever they are from, `shown` those
    whose values are not to be masked, whatever else says that they are secret.
    """

    def __init__(self, mask: Mask, masked: Iterable[str] = (), unmasked: Iterable[str] = ()) -> None:
        self._mask = mask
        self._masked = frozenset(name.removeprefix("process.env.") for name in masked)
        self._shown = frozenset(name.removeprefix("process.env.") for name in unmasked)
        self.declared: set[str] = set()
        """The names that environments, the workspace's too, declare as secret."""
        self._seen: set[str] = set()

    def unseen(self) -> Iterator[str]:
        """Yield a warning for each name of the user's that no variable has had: it may be misspelt."""
        for name_option, names in (("--mask", self._masked), ("--no-mask", self._shown)):
            for name in sorted(names - self._seen):
                yield f"{option(name_option, name)} has no effect: no variable was called that."

    def environment(self, environment: Environment) -> None:
        """Learn the secrets of an environment; variables of their names are secret from now on."""
        self.declared |= environment.secrets
        self.variables(environment.variables)

    def variables(self, values: Mapping[str, Any], *, transient: bool = False) -> None:
        """Learn those of `values` that an environment declares as secret, or that the user named."""
        for name in self.declared.union(self._masked, self._shown).intersection(values):
            secret = name in self.declared
            self._learn(name, values[name], f"The secret {name}", secret=secret, transient=transient)

    def learn_named(self, values: Mapping[str, Any], where: str) -> None:
        """Learn those of `values` that are named like a secret, of a data file's row or what a user typed.

        Objects and lists in a row are searched, too.
        """
        for name, value in _named(values):
            secret = is_secret_name(name)
            self._learn(name, value, f"{name} of {where}", secret=secret, transient=True)

    def scopes(self, scopes: Scopes) -> None:
        """Learn the secrets among the variables as they are now; scripts may give them ever new values."""
        if self._masked or self._shown:
            everywhere = (getattr(scopes, item.name) for item in fields(scopes))
            for values in everywhere:
                if isinstance(values, dict):
                    self.variables(values, transient=True)
        elif self.declared:
            self.variables(scopes.environment, transient=True)
            self.variables(scopes.global_env, transient=True)

    def process(self, environ: Mapping[str, str], dotenv: Mapping[str, str]) -> None:
        """Learn the variables of the process and of `.env` that are named like a secret or look like one."""
        for name, value in environ.items():
            secret = len(value) >= _SHORTEST_OF_PROCESS and is_secret(name, value)
            self._learn(name, value, f"{name} of the process's environment", secret=secret)
        for name, value in dotenv.items():
            self._learn(name, value, f"{name} of .env", secret=is_secret(name, value))

    def _learn(self, name: str, value: Any, source: str, *, secret: bool, transient: bool = False) -> None:
        if name in self._masked or name in self._shown:
            self._seen.add(name)
        if name in self._shown:
            self._mask.exempt(value)
        elif secret or name in self._masked:
            self._mask.learn(value, source, transient=transient)

    def script_error(self, message: str, path: Path, line: int, root: Path) -> None:
        """Learn what V8 quotes of a line that does not compile: the token of `Bearer …` without quotes.

        The worker, which a script may have taken over, names the file: it must be one below `root`.
        """
        from bruscript.lang.redaction import quoted_secrets

        try:
            path = path.resolve()
            if not (path.is_relative_to(root.resolve()) and path.is_file()):
                return
            code = path.read_text("utf-8", "replace")
        except (OSError, ValueError, RuntimeError):
            return
        for word in quoted_secrets(message, code, line):
            self._mask.learn(word, f"A secret of {path.name}", transient=True)

    def client(self, config: ClientConfig) -> None:
        """Learn the passwords of the proxy and of client certificates."""
        proxy = config.proxy or {}
        for settings in (proxy, proxy.get("config")):
            auth = settings.get("auth") if isinstance(settings, Mapping) else None
            if isinstance(auth, Mapping):
                self._mask.learn(auth.get("password"), "The password of the proxy")
        for certificate in config.client_certs:
            self._mask.learn(certificate.get("passphrase"), "The passphrase of a client certificate")

    def auth(self, auth: AuthConfig, *, transient: bool = True) -> None:
        """Learn the secret settings of an auth mode; what templates will give in them is not known yet."""
        if auth.mode == "none":
            return
        where = f"of auth:{auth.mode}" + (f" in {auth.source.name}" if auth.source else "")
        for name, value in auth.config.items():
            if value and is_secret_setting(name):
                self._mask.learn(str(value), f"The {name} {where}", transient=transient)
        user, password = auth.config.get("username"), auth.config.get("password")
        if user and password:
            self._mask.learn(in_header(user, password), f"The password {where}", transient=transient)

    def request(self, request: OutgoingRequest) -> None:
        """Learn what `request` proves itself with: its auth settings, its URL's password, its headers."""
        self.auth(request.auth)
        if "@" in request.url:
            for part in passwords(request.url):
                self._mask.learn(part, "The password of the URL", transient=True)
        for name, value in request.headers:
            if (lower := name.lower()) == "cookie":
                self.cookies(value.split(";"))
            elif lower in SENSITIVE_HEADERS and len(value) >= SHORTEST:
                self._mask.learn(value, f"The header {name}", transient=True)

    def response(self, response: Response) -> None:
        """Learn the session cookies that a response sets: scripts print them with all its headers."""
        cookies = response.header_map.get("set-cookie")
        if cookies:
            self.cookies(cookies)

    def cookies(self, cookies: Iterable[str]) -> None:
        """Learn those of `cookies` (`name=value; …`) that look like a secret or are named like a session."""
        for cookie in cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            value = value.strip().strip('"')
            if len(value) >= SHORTEST and (
                looks_secret(value) or is_secret_name(name) or _SESSION.search(name)
            ):
                for spelt in dict.fromkeys((value, unquote(value))):
                    self._mask.learn(spelt, f"The cookie {name.strip()}", transient=True)


def _named(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the entries of an object and of all objects inside it, however deep."""
    rest: list[Any] = [values]
    while rest:
        value = rest.pop()
        if isinstance(value, Mapping):
            yield from value.items()
        inner = value.values() if isinstance(value, Mapping) else value
        rest += (each for each in inner if isinstance(each, (Mapping, list)))
