"""Collections and folders, as the reference parser's JSON has them."""

from __future__ import annotations

import math
from typing import Any, Final

from bruscript.lang.js import UNDEFINED, truthy
from bruscript.lang.yml import shapes
from bruscript.lang.yml.auth import auth
from bruscript.lang.yml.shapes import either, has_key, mapped, member, optional, text


def _defaults(value: Any) -> dict[str, Any]:
    """Read what requests below inherit."""
    request: dict[str, Any] = {
        "headers": shapes.headers(optional(value, "headers")),
        "auth": auth(optional(value, "auth")),
        "script": {"req": None, "res": None},
        "vars": {
            "req": shapes.variables(optional(value, "variables")),
            "res": shapes.actions(optional(value, "actions")),
        },
        "tests": None,
    }
    shapes.scripts(request, optional(value, "scripts"))
    return request


def read_folder(value: Any) -> dict[str, Any]:
    """Return the JSON of a folder.yml."""
    info, docs = member(value, "info"), member(value, "docs")
    meta: dict[str, Any] = {"name": text(optional(info, "name"), "Untitled Folder")}
    seq = optional(info, "seq")
    if shapes.is_number(seq) and math.isfinite(seq):
        meta["seq"] = seq
    content = docs if isinstance(docs, str) else optional(docs, "content")
    return {
        "meta": meta,
        "request": _defaults(member(value, "request")),
        "docs": content if truthy(docs) and shapes.has_content(content) else None,
    }


def read_collection(value: Any) -> dict[str, Any]:
    """Return the JSON of an opencollection.yml: the settings of requests, and what bruno.json has."""
    request, docs = member(value, "request"), member(value, "docs")
    content = docs if isinstance(docs, str) else optional(docs, "content")
    root = {
        "meta": None,
        "request": _defaults(request) if truthy(request) else None,
        "docs": either(content, None),
    }
    return {"collectionRoot": root, "brunoConfig": _config(value)}


def _config(value: Any) -> dict[str, Any]:
    info, settings = member(value, "info"), optional(value, "config")
    bruno = optional(optional(value, "extensions"), "bruno")
    config: dict[str, Any] = {
        "opencollection": either(optional(value, "opencollection"), "1.0.0"),
        "name": text(optional(info, "name"), "Untitled Collection"),
        "type": "collection",
        "ignore": ignored if isinstance(ignored := optional(bruno, "ignore"), list) else [],
    }
    version = optional(info, "version")
    if version is not None and version != "":
        config["version"] = text(version)
    config.update(_extensions(bruno))
    protobuf = optional(settings, "protobuf")
    if truthy(protobuf):
        config["protobuf"] = _protobuf(protobuf)
    config["proxy"] = _proxy(optional(settings, "proxy"))
    certificates = shapes.rows(optional(settings, "clientCertificates"))
    if certificates:
        valid = [_certificate(source) for source in certificates]
        config["clientCertificates"] = {"certs": [entry for entry in valid if entry is not None]}
    return config


def _extensions(bruno: Any) -> dict[str, Any]:
    result: dict[str, Any] = {}
    presets, scripts = optional(bruno, "presets"), optional(bruno, "scripts")
    request, environment = optional(presets, "request"), optional(presets, "defaultEnvironment")
    if truthy(request) or truthy(environment):
        result["presets"] = {
            "requestType": either(optional(request, "type"), ""),
            "requestUrl": either(optional(request, "url"), ""),
        }
        if truthy(environment):
            result["presets"]["defaultEnvironment"] = environment
    roots, flow = optional(scripts, "additionalContextRoots"), optional(scripts, "flow")
    chosen: dict[str, Any] = {}
    if isinstance(roots, list) and any(isinstance(root, str) for root in roots):
        chosen["additionalContextRoots"] = [root for root in roots if isinstance(root, str)]
    if flow in ("sandwich", "sequential"):
        chosen["flow"] = flow
    if chosen:
        result["scripts"] = chosen
    synced = optional(bruno, "openapi")
    if isinstance(synced, list) and synced:
        result["openapi"] = [_openapi(source) for source in synced]
    return result


def _openapi(source: Any) -> dict[str, Any]:
    values = {key: member(source, key) for key in ("sourceUrl", "groupBy", "lastSyncDate", "specHash")}
    entry = {key: values[key] for key in ("sourceUrl", "groupBy") if has_key(source, key)}
    entry.update({key: values[key] for key in ("lastSyncDate", "specHash") if truthy(values[key])})
    entry["autoCheck"] = optional(source, "autoCheck") is not False
    entry["autoCheckInterval"] = either(optional(source, "autoCheckInterval"), 5)
    return entry


def _protobuf(value: Any) -> dict[str, Any]:
    return {
        "protoFiles": [
            _defined({"path": _maybe(source, "path")}) for source in mapped(optional(value, "protoFiles"))
        ],
        "importPaths": [
            _defined({"path": _maybe(source, "path"), "enabled": member(source, "disabled") is not True})
            for source in mapped(optional(value, "importPaths"))
        ],
    }


def _proxy(value: Any) -> dict[str, Any]:
    """Read the proxy; one without `inherit` and `config` is the default: the system's."""
    settings = optional(value, "config")
    usable = isinstance(optional(value, "inherit"), bool) and isinstance(settings, (dict, list))
    settings = settings if usable else {}
    account = optional(settings, "auth")
    proxy: dict[str, Any] = {
        "inherit": value["inherit"] if usable else True,
        "config": {
            "protocol": either(optional(settings, "protocol"), "http"),
            "hostname": either(optional(settings, "hostname"), ""),
            "port": either(optional(settings, "port"), ""),
            "auth": {key: either(optional(account, key), "") for key in ("username", "password")},
            "bypassProxy": either(optional(settings, "bypassProxy"), ""),
        },
    }
    if usable and value.get("disabled") is True:
        proxy["disabled"] = True
    if optional(account, "disabled") is True:
        proxy["config"]["auth"]["disabled"] = True
    return proxy


_CERTIFICATES: Final = {
    "pem": ("cert", {"certFilePath": "certificateFilePath", "keyFilePath": "privateKeyFilePath"}),
    "pkcs12": ("pfx", {"pfxFilePath": "pkcs12FilePath"}),
}


def _certificate(source: Any) -> dict[str, Any] | None:
    kind = member(source, "type")
    if not isinstance(kind, str) or kind not in _CERTIFICATES:
        return None
    name, files = _CERTIFICATES[kind]
    entry = {
        "domain": _maybe(source, "domain"),
        "type": name,
        **{field: _maybe(source, key) for field, key in files.items()},
        "passphrase": either(source.get("passphrase"), ""),
    }
    if source.get("disabled") is True:
        entry["disabled"] = True
    return _defined(entry)


def _maybe(source: Any, key: str) -> Any:
    value = member(source, key)
    return value if has_key(source, key) else UNDEFINED


def _defined(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value is not UNDEFINED}
