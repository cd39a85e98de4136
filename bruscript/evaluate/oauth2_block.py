"""The `auth:oauth2` block of a node, with its additional parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bruscript.lang import Document
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.nodes import Dictionary
from bruscript.lang.oauth2 import oauth2_settings

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
    parameters: dict[str, list[dict[str, Any]]] = {
        stage: list((settings.get("additionalParameters") or {}).get(stage) or ()) for stage in _STAGES
    }
    for stage, name in _STAGES.items():
        for place, suffix in _PLACES.items():
            for entry in data.get(f"oauth2_additional_parameters_{name}_{suffix}") or ():
                parameters[stage].append({**entry, "sendIn": place})
    return {"grantType": "", **settings, "additionalParameters": parameters}
