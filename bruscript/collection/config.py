"""bruno.json: a collection's configuration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bruscript.collection import json_shape
from bruscript.collection.certificates import SHAPES as CERTIFICATE
from bruscript.collection.certificates import unusable_certificates, used_certificates
from bruscript.errors import CollectionFileError
from bruscript.files import read_file, readable_path
from bruscript.lang.place import KeyPath

Shapes = dict[KeyPath, json_shape.Kind]

_SECTIONS: Final[Shapes] = {
    ("presets",): "object",
    ("scripts",): "object",
    ("clientCertificates",): "object",
    ("proxy",): "object",
}
"""Sections that are ignored if they have another type, as in the reference."""

_PROXY: Final[Shapes] = {
    ("protocol",): "string",
    ("hostname",): "string",
    ("port",): "text",
    ("bypassProxy",): "string",
    ("auth",): "object",
    ("auth", "username"): "text",
    ("auth", "password"): "text",
    ("auth", "disabled"): "boolean",
    ("auth", "enabled"): "boolean",
    ("pac",): "object",
    ("pac", "source"): "string",
}
_CHOICES: Final = {("scripts", "flow"): ("sandwich", "sequential")}
"""Values outside of these sets are ignored, as in the reference."""

_SHAPES: Final[Shapes] = {
    ("name",): "text",
    # An error, since what it names would be sent.
    ("ignore",): "list",
    ("ignore", "*"): "string",
    ("presets", "defaultEnvironment"): "string",
    ("scripts", "flow"): "string",
    ("scripts", "additionalContextRoots"): "list",
    ("scripts", "additionalContextRoots", "*"): "string",
    ("clientCertificates", "enabled"): "boolean",
    ("clientCertificates", "certs"): "list",
    ("clientCertificates", "certs", "*"): "entry",
    **{("clientCertificates", "certs", "*", key): kind for key, kind in CERTIFICATE.items()},
    ("proxy", "inherit"): "boolean",
    ("proxy", "disabled"): "boolean",
    ("proxy", "config"): "object",
    **{("proxy", "config", *key): kind for key, kind in _PROXY.items()},
    # An older form has the settings in `proxy` itself.
    **{("proxy", *key): kind for key, kind in _PROXY.items()},
}


def read_config(path: Path) -> tuple[dict[str, Any], list[json_shape.JsonMistake]]:
    """Return the configuration in the bruno.json at `path`, and the mistakes that do not end a run.

    Everything that is used has the shape that its users count on. Raises CollectionFileError, with the line
    and column, for what has another one.
    """
    try:
        text = read_file(path).decode("utf-8-sig")
        config = json_shape.parse(text)
        json_shape.check(config, {(): "object"}, text)
        ignored = _drop(config, text)
        json_shape.check(config, _SHAPES, text)
        _check_proxy_switch(config, text)
        ignored += _others(config, text)
        for keys, message in unusable_certificates(used_certificates(config)):
            ignored.append(json_shape.mistake_at(text, ("clientCertificates", "certs", *keys), message))
    except OSError as error:
        raise unreadable(path, str(error.strerror)) from None
    except UnicodeDecodeError as error:
        raise unreadable(path, f"byte {error.start + 1} is not UTF-8") from None
    except json_shape.JsonMistake as mistake:
        raise CollectionFileError(
            f"{readable_path(path)}:{mistake}",
            file=path,
            line=mistake.line,
            column=mistake.column,
            reason=mistake.message,
        ) from None
    return config, ignored


def unreadable(path: Path, reason: str) -> CollectionFileError:
    """Return the error for a collection's own file that cannot be read."""
    return CollectionFileError(
        f"Cannot read {readable_path(path)}: {reason}", file=path, reason=f"cannot be read: {reason}"
    )


def _check_proxy_switch(config: dict[str, Any], text: str) -> None:
    """Raise JsonMistake for a value of `enabled`, in the older form of a proxy, that Bruno never wrote."""
    enabled = (config.get("proxy") or {}).get("enabled")
    if not isinstance(enabled, (bool, type(None))) and enabled not in ("global", "system"):
        path = ("proxy", "enabled")
        words = f'expected true, false or "global" in proxy.enabled, not {enabled!r}'
        raise json_shape.mistake_at(text, path, words)


def _drop(config: dict[str, Any], text: str) -> list[json_shape.JsonMistake]:
    """Take the sections of another type out of `config`; return what was wrong with them."""
    ignored = []
    for mistake, place in reversed(list(json_shape.mistakes(config, _SECTIONS, text))):
        holder: Any = config
        for key in place[:-1]:
            holder = holder[key]
        del holder[place[-1]]
        message = f"{mistake.message}; it is ignored"
        ignored.append(json_shape.JsonMistake(message, mistake.line, mistake.column))
    return ignored[::-1]


def _others(config: dict[str, Any], text: str) -> Iterator[json_shape.JsonMistake]:
    """Take values outside of their set out of `config`, and yield what is wrong with them."""
    for path, choices in _CHOICES.items():
        holder = config.get(path[0]) or {}
        value = holder.get(path[1])
        if value is not None and value not in choices:
            message = f"{'.'.join(path)} is {value!r}, not {' or '.join(choices)}; it is ignored"
            yield json_shape.mistake_at(text, path, message)
            del holder[path[1]]
