"""The HTTP client's settings, from the options and the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bruscript.collection import json_shape
from bruscript.collection.certificates import SHAPES as CERTIFICATE
from bruscript.collection.certificates import unusable_certificates, used_certificates
from bruscript.collection.setting_place import Where, where_in, where_in_json
from bruscript.errors import InvalidFileError, PathNotFoundError
from bruscript.evaluate import interpolate_all
from bruscript.files import read_file, readable_path
from bruscript.http import ClientConfig
from bruscript.lang.place import KeyPath
from bruscript.option_names import option

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bruscript.collection import Collection
    from bruscript.evaluate import Scopes
    from bruscript.http.pac import Evaluator
    from bruscript.runner.options import RunOptions


_CERTIFICATES_HINT: Final = (
    'Expected {"enabled": true, "certs": [{"domain": "…", "certFilePath": "…", "keyFilePath": "…"}]}.'
)


_SHAPES: Final[dict[KeyPath, json_shape.Kind]] = {
    (): "object",
    ("enabled",): "boolean",
    ("certs",): "list",
    ("certs", "*"): "object",
    **{("certs", "*", key): kind for key, kind in CERTIFICATE.items()},
}


def client_config(
    collection: Collection,
    options: RunOptions,
    scopes: Scopes,
    warn: Callable[[str], None] = lambda text: None,
) -> ClientConfig:
    """Return the configuration of the run's client.

    Templates in bruno.json's certificates and proxy are resolved. Raises PathNotFoundError or
    InvalidFileError for the files that the options name.
    """
    if options.cacert and not options.cacert.is_file():
        raise PathNotFoundError(
            f"The file {readable_path(options.cacert)} of {option('--cacert')} does not exist"
        )
    variables = scopes.combined()
    own = used_certificates(collection.config)
    certificates = [*own, *_option_certificates(options.client_cert_config, warn)]
    proxy = collection.config.get("proxy")
    return ClientConfig(
        verify=not options.insecure,
        cacert=options.cacert,
        ignore_truststore=options.ignore_truststore,
        client_certs=[interpolate_all(entry or {}, variables) for entry in certificates],
        proxy=interpolate_all(proxy, variables) if isinstance(proxy, dict) else None,
        noproxy=options.noproxy,
        cookies=options.cookies,
        http2=options.http2,
        base_dir=collection.path,
        where=_where(collection, len(own), options.client_cert_config),
        evaluator=_proxy_scripts,
        app=options.app,
        lifespan=options.lifespan == "auto",
    )


def _where(collection: Collection, count: int, file: Path | None) -> Where:
    """Return what says where settings are: the certificates after the first `count` are in `file`."""
    settings = where_in(collection)

    def where(keys: KeyPath) -> str:
        match keys:
            case "clientCertificates", "certs", int(index), *inner if index >= count and file is not None:
                return where_in_json(file, ("certs", index - count, *inner))
        return settings(keys)

    return where


def _proxy_scripts() -> Evaluator:
    # Imported here: few networks have a proxy auto-config file.
    from bruscript.runner.proxy_scripts import ProxyScripts

    return ProxyScripts()


def _option_certificates(path: Path | None, warn: Callable[[str], None]) -> list[dict[str, Any]]:
    """Read `--client-cert-config`: {"enabled": true, "certs": [...]}, as in bruno.json.

    `warn` gets what is wrong with an entry.
    """
    if path is None:
        return []
    try:
        text = read_file(path, piped=True).decode("utf-8-sig")
        config = json_shape.parse(text)
        json_shape.check(config, _SHAPES, text)
    except FileNotFoundError:
        raise PathNotFoundError(
            f'Client Certificate Config file "{readable_path(path)}" does not exist.'
        ) from None
    except json_shape.JsonMistake as mistake:
        raise InvalidFileError(
            f"Failed to parse Client Certificate Config JSON {readable_path(path)}:{mistake}",
            hint=_CERTIFICATES_HINT,
        ) from None
    except (OSError, ValueError) as error:
        raise InvalidFileError(
            f"Failed to parse Client Certificate Config JSON {readable_path(path)}: {error}"
        ) from None
    if not config.get("enabled"):
        return []
    certificates: list[dict[str, Any]] | None = config.get("certs")
    if certificates is None:
        raise InvalidFileError(f'{readable_path(path)} has no list "certs"', hint=_CERTIFICATES_HINT)
    for keys, message in unusable_certificates(certificates):
        warn(f"{readable_path(path)}:{json_shape.mistake_at(text, ('certs', *keys), message)}")
    return certificates
