"""How the reference writes values, keys, annotations and indentation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from bruscript.lang import js
from bruscript.lang.values import DATA_TYPES

_LINE_END = re.compile(r"\r\n|\r|\n")
_QUOTED_IN_KEY = (":", '"', "{", "}", " ")


def get(data: Any, key: str) -> Any:
    """Return `data?.key`, as in JavaScript: UNDEFINED for a missing key."""
    return data.get(key, js.UNDEFINED) if isinstance(data, dict) else js.UNDEFINED


def length(value: Any) -> int:
    """Return `value?.length`, or 0."""
    return len(value) if isinstance(value, (str, list)) else 0


def indent(value: Any, blanks: int = 2) -> str:
    """Put `blanks` blanks before each line, empty ones too."""
    if not isinstance(value, str):
        return js.to_string(value) if js.truthy(value) else ""
    if not value:
        return ""
    prefix = " " * blanks
    return prefix + f"\n{prefix}".join(_LINE_END.split(value))


def value_text(value: Any) -> str:
    """Write a value; one of several lines goes between triple quotes."""
    if value is None or value is js.UNDEFINED or value == "":
        return ""
    text = js.stringify(value) if isinstance(value, (dict, list)) else js.to_string(value)
    return f"'''\n{indent(text)}\n'''" if "\n" in text or "\r" in text else text


def url_text(url: Any) -> str:
    """Write a URL, indented for a block where it spans lines."""
    if not js.truthy(url):
        return ""
    text = js.to_string(url)
    return f"'''\n{indent(text, 4)}\n'''" if "\n" in text or "\r" in text else text


def key_text(key: Any) -> str:
    """Write a key, in quotes where it needs them."""
    if not isinstance(key, str):
        raise ValueError(f"a name must be text, found {key!r}")
    return '"' + key.replace('"', '\\"') + '"' if any(char in key for char in _QUOTED_IN_KEY) else key


def or_empty(value: Any) -> str:
    """Return `${value || ''}`."""
    return js.to_string(value) if js.truthy(value) else ""


def annotations_text(annotations: list[dict[str, Any]]) -> str:
    """Write annotations, each on its own line."""
    return "".join(f"{_annotation_text(annotation)}\n" for annotation in annotations)


def _annotation_text(annotation: dict[str, Any]) -> str:
    name, value = js.to_string(get(annotation, "name")), get(annotation, "value")
    if value is js.UNDEFINED:
        return f"@{name}"
    text = js.to_string(value)
    if "\n" in text:
        if name == "description":
            # Three quotes would end the text; a quote that is escaped already gets one backslash more.
            text = text.replace("\\'", "\\\\'").replace("'''", "\\'\\'\\'")
        return f"@{name}('''\n{indent(text)}\n''')"
    if "'" in text:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'@{name}("{escaped}")'
    return f"@{name}('{text}')"


def _with_description(annotations: list[dict[str, Any]], item: dict[str, Any]) -> list[dict[str, Any]]:
    others = [annotation for annotation in annotations if get(annotation, "name") != "description"]
    description = item.get("description")
    if description is not None:
        return [{"name": "description", "value": description}, *others] if description != "" else others
    descriptions = [annotation for annotation in annotations if get(annotation, "name") == "description"]
    return descriptions[:1] + others


def item_annotations(item: dict[str, Any]) -> str:
    """Write the annotations of a pair: its description first."""
    return annotations_text(_with_description(item.get("annotations") or [], item))


def variable_annotations(item: dict[str, Any]) -> str:
    """Write the annotations of a variable: its type first, then its description."""
    untyped = [a for a in item.get("annotations") or [] if get(a, "name") not in DATA_TYPES]
    annotations = _with_description(untyped, item)
    kind = item.get("dataType")
    if js.truthy(kind) and kind != "string":
        annotations.insert(0, {"name": kind})
    return annotations_text(annotations)


class InOrder(list[Any]):
    """Entries that are written in their order, where the reference writes the enabled ones first."""


def in_runs(items: InOrder, kind_of: Callable[[dict[str, Any]], Any]) -> list[tuple[Any, list[Any]]]:
    """Return entries in runs of one kind, in their order; several blocks of a name are read as one."""
    return [(kind, InOrder(run)) for kind, run in groupby(items, kind_of)]


def split_enabled(items: Iterable[dict[str, Any]], key: str = "enabled") -> tuple[list[Any], list[Any]]:
    """Return the enabled items, then the others."""
    items = list(items)
    return [i for i in items if js.truthy(i.get(key))], [i for i in items if not js.truthy(i.get(key))]


def pair_text(item: dict[str, Any], mark: str = "", *, quote: bool = True) -> str:
    """Write one pair with its annotations; `mark` goes before the key."""
    name = get(item, "name")
    key = key_text(name) if quote else js.to_string(name)
    return f"{item_annotations(item)}{mark}{key}: {value_text(get(item, 'value'))}"


def pairs_block(
    name: str, items: list[dict[str, Any]], *, quote: bool = True, quote_disabled: bool | None = None
) -> str:
    """Write a block of pairs, the enabled ones first; "" without any."""
    if not items:
        return ""
    enabled, disabled = split_enabled(items)
    # The reference quotes names that its parser then reads with the quotes.
    quoted = quote if quote_disabled is None or isinstance(items, InOrder) else quote_disabled
    in_order = items if isinstance(items, InOrder) else [*enabled, *disabled]
    lines = [
        pair_text(item, quote=quote) if js.truthy(item.get("enabled")) else pair_text(item, "~", quote=quoted)
        for item in in_order
    ]
    return f"{name} {{\n{indent(chr(10).join(lines))}\n}}\n\n"


def text_block(name: str, text: Any) -> str:
    """Write a block of text; "" without any."""
    return f"{name} {{\n{indent(text)}\n}}\n\n" if length(text) else ""


def vars_block(name: str, items: list[dict[str, Any]]) -> str:
    """Write a block of variables: enabled, enabled local, disabled, disabled local."""
    if not items:
        return ""
    if not isinstance(items, InOrder):
        enabled, disabled = split_enabled(items)
        items = [
            item
            for group in (enabled, disabled)
            for local in (False, True)
            for item in group
            if js.truthy(item.get("local")) == local
        ]
    lines = [_variable_text(item) for item in items]
    return f"{name} {{\n{indent(chr(10).join(lines))}\n}}\n\n"


def _variable_text(item: dict[str, Any]) -> str:
    mark = ("" if js.truthy(item.get("enabled")) else "~") + ("@" if js.truthy(item.get("local")) else "")
    name, value = js.to_string(get(item, "name")), value_text(get(item, "value"))
    return f"{variable_annotations(item)}{mark}{name}: {value}"


def without_last_line_end(text: str) -> str:
    """Take one line end off the end."""
    if text.endswith("\r\n"):
        return text[:-2]
    return text.removesuffix("\n")
