"""Switches of auth blocks in `.bru` files, with the values that a run gives them.

The JSON of a `.bru` file has a default where a switch is not `true` or `false`: `pkce: True` is false there.
"""

from __future__ import annotations

from typing import Any, Final

from bruscript.conversion.places import place_of
from bruscript.conversion.refusal import RefusedError
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.choices import BOOLEANS, CHOICES, wrong_value
from bruscript.lang.nodes import Dictionary, Pair
from bruscript.lang.oauth2 import camel_case

_MODES: Final = ("oauth1", "oauth2")


def set_switches(document: BruDocument, data: dict[str, Any], mode: str) -> None:
    """Put the values of the switches into `data`, the file's JSON.

    Raises RefusedError for those of the mode in use that are templates, or neither true nor false.
    """
    problems: list[str] = []
    for each in _MODES:
        block = document.block(f"auth:{each}")
        config = (data.get("auth") or {}).get(each)
        if not isinstance(block, Dictionary) or not isinstance(config, dict):
            continue
        written: dict[str, Pair] = {}
        for pair in block.pairs:
            # Of a repeated key the first counts.
            written.setdefault(pair.key, pair)
        for key, choices in CHOICES[block.name].items():
            text = str(written[key].value).strip() if key in written else ""
            # The JSON has only the switches that the grant uses.
            if choices is not BOOLEANS or not text or camel_case(key) not in config:
                continue
            if text.lower() in BOOLEANS:
                config[camel_case(key)] = text.lower() == "true"
            elif each == mode:
                problems.append(_problem(document, each, key, text))
    if problems:
        raise RefusedError(problems)


def _problem(document: BruDocument, mode: str, key: str, text: str) -> str:
    place = place_of(document, ("auth", mode, camel_case(key)))
    where = ":".join(str(part) for part in (document.filename, *(place or ())) if part is not None)
    if "{{" in text:
        return f"{where}: the template in `{key}` of `auth:{mode}` has no form in YAML: write true or false"
    return f"{where}: in `auth:{mode}`, {wrong_value(key, text, BOOLEANS)}"
