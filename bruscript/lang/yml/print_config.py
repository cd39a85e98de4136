"""The content of bruno.json as `config` and `extensions` of opencollection.yml."""

from __future__ import annotations

from typing import Any

from bruscript.lang.js import truthy
from bruscript.lang.yml.shapes import either, optional


def config_value(config: dict[str, Any]) -> dict[str, Any]:
    """Return `config`, {} where the collection has nothing for it."""
    result: dict[str, Any] = {}
    protobuf = _protobuf(config.get("protobuf"))
    if protobuf:
        result["protobuf"] = protobuf
    proxy = config.get("proxy")
    if isinstance(proxy, dict) and "inherit" in proxy and isinstance(proxy.get("config"), (dict, list)):
        result["proxy"] = _proxy(proxy)
    certificates = optional(config.get("clientCertificates"), "certs")
    if isinstance(certificates, list) and certificates:
        valid = [_certificate(entry) for entry in certificates]
        result["clientCertificates"] = [entry for entry in valid if entry is not None]
    return {"config": result} if result else {}


def _protobuf(value: Any) -> dict[str, Any]:
    files, paths = optional(value, "protoFiles"), optional(value, "importPaths")
    result: dict[str, Any] = {}
    if isinstance(files, list) and files:
        result["protoFiles"] = [{"type": "file", **_present_values(entry, path="path")} for entry in files]
    if isinstance(paths, list) and paths:
        result["importPaths"] = [
            {
                **_present_values(entry, path="path"),
                **({"disabled": True} if entry.get("enabled") is False else {}),
            }
            for entry in paths
        ]
    return result


def _present_values(entry: dict[str, Any], **names: str) -> dict[str, Any]:
    return {key: entry[field] for key, field in names.items() if field in entry}


def _proxy(proxy: dict[str, Any]) -> dict[str, Any]:
    proxy_config = proxy["config"]
    account = optional(proxy_config, "auth")
    auth: dict[str, Any] = {key: either(optional(account, key), "") for key in ("username", "password")}
    if optional(account, "disabled") is True:
        auth["disabled"] = True
    result = {
        "inherit": proxy["inherit"],
        "config": {
            "protocol": either(optional(proxy_config, "protocol"), "http"),
            "hostname": either(optional(proxy_config, "hostname"), ""),
            "port": either(optional(proxy_config, "port"), ""),
            "auth": auth,
            "bypassProxy": either(optional(proxy_config, "bypassProxy"), ""),
        },
    }
    return {**result, "disabled": True} if proxy.get("disabled") is True else result


def _certificate(entry: dict[str, Any]) -> dict[str, Any] | None:
    if entry.get("type") == "cert":
        kind = "pem"
        files = _present_values(entry, certificateFilePath="certFilePath", privateKeyFilePath="keyFilePath")
    elif entry.get("type") == "pfx":
        kind = "pkcs12"
        files = _present_values(entry, pkcs12FilePath="pfxFilePath")
    else:
        return None
    result = {**_present_values(entry, domain="domain"), "type": kind, **files}
    if truthy(entry.get("passphrase")):
        result["passphrase"] = entry["passphrase"]
    return {**result, "disabled": True} if entry.get("disabled") is True else result


def extensions_value(config: dict[str, Any]) -> dict[str, Any]:
    """Return `extensions`, with `bruno` where there is something of it."""
    bruno: dict[str, Any] = {}
    ignored: Any
    presets: Any
    scripts: Any
    ignored, presets, scripts = config.get("ignore"), config.get("presets"), config.get("scripts")
    if ignored:
        bruno["ignore"] = ignored
    request = {
        key: presets[field]
        for key, field in (("type", "requestType"), ("url", "requestUrl"))
        if _is_long(optional(presets, field))
    }
    environment = optional(presets, "defaultEnvironment")
    environment = environment if _is_long(environment) else None
    extensions = {
        **({"request": request} if request else {}),
        **({"defaultEnvironment": environment} if environment else {}),
    }
    if extensions:
        bruno["presets"] = extensions
    chosen: dict[str, Any] = {}
    if optional(scripts, "additionalContextRoots"):
        chosen["additionalContextRoots"] = scripts["additionalContextRoots"]
    if optional(scripts, "flow") in ("sandwich", "sequential"):
        chosen["flow"] = scripts["flow"]
    if chosen:
        bruno["scripts"] = chosen
    synced = config.get("openapi")
    if isinstance(synced, list) and synced:
        bruno["openapi"] = [_openapi(entry) for entry in synced]
    return {"bruno": bruno} if bruno else {}


def _is_long(value: Any) -> bool:
    return isinstance(value, (str, list)) and len(value) > 0


def _openapi(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        **_present_values(entry, sourceUrl="sourceUrl", groupBy="groupBy"),
        **{key: entry[key] for key in ("lastSyncDate", "specHash") if truthy(entry.get(key))},
        "autoCheck": entry.get("autoCheck") is not False,
        "autoCheckInterval": either(entry.get("autoCheckInterval"), 5),
    }
