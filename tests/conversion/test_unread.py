"""What no reader takes from a file is not lost without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from conversion.round_trip import losses, request, write

from bruscript.conversion import convert

COLLECTION = "opencollection: 1.0.0\ninfo:\n  name: c\n"
YML = "info:\n  name: A\n  type: http\n  seq: 1\nhttp:\n  method: GET\n  url: http://h/a\n"
ACTION = """runtime:
  actions:
    - type: set-variable
      phase: after-response
      selector: {expression: res.body, method: jsonpath}
      variable:
        name: a
        scope: environment
"""


def to_bru(tmp_path: Path, files: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """What a conversion to .bru files loses, and why files failed."""
    root = write(tmp_path / "c", {"opencollection.yml": COLLECTION, **files})
    (root / "bruno.json").unlink()
    result = convert(root, "bru", tmp_path / "bru")
    return losses(result, root), {path.name: message for path, message in result.failed.items()}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {
                "opencollection.yml": f"{COLLECTION}  authors: [x]\nconfig:\n  environments: [{{name: e}}]\n"
                "items:\n  - info: {name: x, type: http}\n"
            },
            [
                "opencollection.yml:4 `info.authors` cannot be kept in .bru files",
                "opencollection.yml:5 `config` cannot be kept in .bru files",
                "opencollection.yml:7 `items` cannot be kept in .bru files",
            ],
        ),
        (
            {"a.yml": YML + ACTION},
            [
                "a.yml:12 `runtime.actions[1].selector.method` cannot be kept in .bru files",
                "a.yml:15 `runtime.actions[1].variable.scope` cannot be kept in .bru files",
            ],
        ),
        (
            {"environments/e.yml": "variables:\n  - name: a\n    secret: true\n    value: b\n"},
            ["environments/e.yml:4 `variables[1].value` cannot be kept in .bru files"],
        ),
    ],
)
def test_keys_of_yaml(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert to_bru(tmp_path, files) == (expected, {})


def test_what_a_run_refuses_is_not_converted(tmp_path: Path) -> None:
    variants = YML + "  body:\n    - {title: a, selected: true, body: {type: json, data: x}}\n"
    _, failed = to_bru(tmp_path, {"a.yml": variants, "b.yml": YML + "  auth: {type: bsic}\n"})
    assert "a.yml:9:5: `body` is a list, expected a text or a mapping" in failed["a.yml"]
    assert "b.yml:8:16: `type` of `auth` is `bsic`" in failed["b.yml"]


def test_blocks_of_text_that_stand_twice(tmp_path: Path) -> None:
    root = write(tmp_path / "c", {"a.bru": request("docs {\n  one\n}", "docs {\n  two\n}")})
    assert losses(convert(root, "yml", tmp_path / "yml"), root) == [
        "a.bru:13 `docs` appears again below, and only the last one is read: left out"
    ]


def test_sections_of_bruno_json_that_count_as_none(tmp_path: Path) -> None:
    config = '{"version": "1", "name": "c",\n "proxy": "x",\n "openapi": [null, {"sourceUrl": "a"}]}'
    root = write(tmp_path / "c", {"a.bru": request(), "bruno.json": config})
    assert losses(convert(root, "yml", tmp_path / "yml"), root) == [
        "bruno.json:2 expected an object in proxy, not a string; it is ignored",
        "bruno.json:3 `openapi` cannot be kept as it is in YAML",
    ]
