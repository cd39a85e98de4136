"""Values in `.bru` files that have to be one of a fixed set, as a run reads them.

The JSON of a file has a default where a switch is not `true` or `false`: `pkce: True` is false there. A value
that is an error in a run would be another one in YAML, or nothing.
"""

from __future__ import annotations

from typing import Any, Final

from bruscript.conversion.places import place_of
from bruscript.conversion.refusal import RefusedError
from bruscript.lang.bru.document import BruDocument
from bruscript.lang.bru.settings import wrong_settings, wrong_sizes
from bruscript.lang.choices import BOOLEANS, CHOICES, is_valid, wrong_value
from bruscript.lang.nodes import Dictionary, Pair
from bruscript.lang.oauth2 import camel_case

_AS_WRITTEN: Final = "credentials_placement"
"""Both formats hold any word for it, since Bruno's import writes a wrong one; a run names it in both."""


def take_fixed_values(document: BruDocument, data: dict[str, Any], mode: str) -> None:
    """Put the switches of auth blocks into `data`, the file's JSON, as a run reads them.

    Raises RefusedError for wrong values in `settings` and in the block of `mode`, which is used; for switches
    that are templates, too.
    """
    problems = [
        f"{document.filename}:{finding.line}: in `settings`, {finding.message}"
        for finding in (wrong_settings(document) if document.kind == "request" else ())
    ]
    if mode == "akamai-edgegrid":
        sizes = wrong_sizes(document)
        problems += [f"{document.filename}:{size.line}: in `auth:{mode}`, {size.message}" for size in sizes]
    for name in CHOICES:
        block = document.block(name)
        config = (data.get("auth") or {}).get(name.removeprefix("auth:"))
        if not isinstance(block, Dictionary) or not isinstance(config, dict):
            continue
        written: dict[str, Pair] = {}
        for pair in block.pairs:
            # Of a repeated key the first counts.
            written.setdefault(pair.key, pair)
        for key, choices in CHOICES[name].items():
            text = str(written[key].value).strip() if key in written else ""
            # The JSON has only the keys that the grant uses.
            if not text or camel_case(key) not in config or key == _AS_WRITTEN:
                continue
            if choices is BOOLEANS and text.lower() in BOOLEANS:
                config[camel_case(key)] = text.lower() == "true"
            elif name == f"auth:{mode}" and not is_valid(text, choices):
                place = _place(document, name, key)
                if "{{" not in text:
                    problems.append(f"{place}: in `{name}`, {wrong_value(key, text, choices)}")
                elif choices is BOOLEANS:
                    words = f"the template in `{key}` of `{name}` has no form in YAML: write true or false"
                    problems.append(f"{place}: {words}")
    if problems:
        raise RefusedError(problems)


def _place(document: BruDocument, block: str, key: str) -> str:
    place = place_of(document, ("auth", block.removeprefix("auth:"), camel_case(key)))
    return ":".join(str(part) for part in (document.filename, *(place or ())) if part is not None)
