"""The `auth:oauth2` block of a node, with its additional parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bruscript.collection.local_settings import oauth2_settings as local_oauth2_settings
from bruscript.lang import Document
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.nodes import Dictionary
from bruscript.lang.oauth2 import OAUTH2_KEYS, camel_case, oauth2_settings

_STAGES: Final = {"authorization": "auth_req", "token": "access_token_req", "refresh": "refresh_token_req"}
_PLACES: Final = {"headers": "headers", "queryparams": "queryparams", "body": "bodyvalues"}


def oauth2_block(data: Mapping[str, Any], document: Document | None) -> dict[str, Any]:
    """Return the settings of a node: what its file says, or its JSON where it has no file.

    The JSON of a block is not enough: it has no keys of other grants, and nothing of an unknown grant.
    """
    block = document.block("auth:oauth2") if isinstance(document, BruDocument) else None
    settings = dict((data.get("auth") or {}).get("oauth2") or {})
    if isinstance(block, Dictionary):
        settings = oauth2_settings(block.pairs)
    elif document is not None and document.format == "yml":
        settings["findings"] = _findings(document)
    parameters: dict[str, list[dict[str, Any]]] = {
        stage: list((settings.get("additionalParameters") or {}).get(stage) or ()) for stage in _STAGES
    }
    for stage, name in _STAGES.items():
        for place, suffix in _PLACES.items():
            for entry in data.get(f"oauth2_additional_parameters_{name}_{suffix}") or ():
                parameters[stage].append({**entry, "sendIn": place})
    return {"grantType": "", **settings, "additionalParameters": parameters}


def _findings(document: Document) -> list[str]:
    from bruscript.lang.yml.document import YmlDocument
    from bruscript.lang.yml.lint import auth_findings

    assert isinstance(document, YmlDocument)
    return [
        f"{document.filename or document.kind}:{finding.line}: {finding.message}"
        for finding in auth_findings(document)
    ]


def with_local_settings(settings: dict[str, Any], local: Mapping[str, Any]) -> dict[str, Any]:
    """Return the block with what `bruscript.toml` and the environment set for its credentials id."""
    others = local_oauth2_settings(local, str(settings.get("credentialsId") or "credentials"))
    if not others:
        return settings
    known_settings = {camel_case(key): value for key, value in others.items() if key in OAUTH2_KEYS}
    unknown = [*(settings.get("unknownKeys") or ()), *(key for key in others if key not in OAUTH2_KEYS)]
    return {**settings, **known_settings, **({"unknownKeys": unknown} if unknown else {})}
