"""The proxy settings of the system: environment variables, then the desktop's or the machine's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bruscript.records import record

_ENVIRONMENT_FILE = Path("/etc/environment")
_GSETTINGS_PATIENCE = 5.0


@record(frozen=True)
class SystemProxy:
    """Proxy URLs for requests to http and https ("" for none), the bypass list, and a PAC file's URL."""

    http_proxy: str = ""
    https_proxy: str = ""
    no_proxy: str = ""
    pac_url: str = ""


def system_proxy(environ: Mapping[str, str] | None = None) -> SystemProxy:
    """Return the settings in force. Variables of the environment (`http_proxy`, `https_proxy`, `all_proxy`,
    `no_proxy`, lower case first) come before all others.
    """
    proxies = from_variables(os.environ if environ is None else environ)
    if proxies.http_proxy or proxies.https_proxy:
        return proxies
    return _of_platform() or proxies


def from_variables(variables: Mapping[str, str]) -> SystemProxy:
    """Return the settings that proxy variables hold."""

    def value(name: str) -> str:
        return variables.get(name) or variables.get(name.upper()) or ""

    fallback = value("all_proxy")
    return SystemProxy(
        http_proxy=value("http_proxy") or fallback,
        https_proxy=value("https_proxy") or fallback,
        no_proxy=value("no_proxy"),
    )


def _of_platform() -> SystemProxy | None:
    if sys.platform in ("darwin", "win32"):
        # The standard library asks the system's settings there.
        from urllib.request import getproxies

        return from_variables({f"{name}_proxy": url for name, url in getproxies().items()})
    return _gnome() or _environment_file()


def _gnome() -> SystemProxy | None:
    if not os.environ.get("DBUS_SESSION_BUS_ADDRESS") or not shutil.which("gsettings"):
        return None
    try:
        listing = subprocess.run(
            ["gsettings", "list-recursively", "org.gnome.system.proxy"],
            capture_output=True,
            text=True,
            timeout=_GSETTINGS_PATIENCE,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return from_gsettings(listing)


def from_gsettings(listing: str) -> SystemProxy | None:
    """Return the settings in the output of `gsettings list-recursively org.gnome.system.proxy`."""
    values: dict[str, str] = {}
    for line in listing.splitlines():
        schema, _, rest = line.partition(" ")
        key, _, value = rest.partition(" ")
        values[f"{schema.removeprefix('org.gnome.system.proxy').lstrip('.')}.{key}"] = value.strip("'")
    if values.get(".mode") == "auto" and values.get(".autoconfig-url"):
        return SystemProxy(pac_url=values[".autoconfig-url"])
    if values.get(".mode") != "manual":
        return None

    def url(kind: str) -> str:
        host, port = values.get(f"{kind}.host", ""), values.get(f"{kind}.port", "0")
        return f"http://{host}:{port}" if host and port != "0" else ""

    hosts = re.findall(r"'([^']*)'", values.get(".ignore-hosts", ""))
    return SystemProxy(url("http"), url("https"), ",".join(hosts))


def _environment_file() -> SystemProxy | None:
    try:
        text = _ENVIRONMENT_FILE.read_text("utf-8", "replace")
    except OSError:
        return None
    pairs = re.findall(r"^\s*(?:export\s+)?(\w+)\s*=\s*(.*?)\s*$", text, re.MULTILINE)
    proxies = from_variables({name.lower(): value.strip("\"'") for name, value in pairs})
    return proxies if proxies.http_proxy or proxies.https_proxy else None
