"""The reference's pure functions and ours, on the same random input."""

from __future__ import annotations

import itertools
import json
import random
import re
from typing import Any

import pytest
from compat.reference import node

from bruscript.collection.dotenv import parse_dotenv
from bruscript.collection.order import collation_key
from bruscript.dynamic import names
from bruscript.errors import BruscriptError
from bruscript.evaluate import interpolate
from bruscript.evaluate.body import url_encoded
from bruscript.evaluate.comments import without_comments
from bruscript.evaluate.prompts import extract
from bruscript.evaluate.url import encode_url, with_scheme
from bruscript.runner.selection import calls_test

pytestmark = pytest.mark.reference

_ESCAPED = re.compile("%25(?=[0-9A-Fa-f]{2})")
PREAMBLE = """
const common = require('@usebruno/common');
const utils = common.utils;
const decomment = require('decomment');
const {dotenvToJson} = require('@usebruno/lang');
const attempt = (f, otherwise) => { try { return f(); } catch (error) { return otherwise; } };
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const each = (f) => console.log(JSON.stringify(cases.map(f)));
"""


def _theirs(function: str, cases: list[Any]) -> list[Any]:
    return json.loads(node(f"{PREAMBLE}\neach({function});", stdin=json.dumps(cases)))


def _texts(seed: int, pieces: list[str], count: int, longest: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices(pieces, k=chance.randint(0, longest))) for _ in range(count)]


def test_urls() -> None:
    pieces = [
        *"ab/?&=#%: +;,@!'()*~.-_",
        "%20",
        "%zz",
        "%C3%A9",
        "ü",
        "http://h",
        "://",
        "//",
        "{{x}}",
        "x=1",
        "\U0001f600",
    ]
    special = ["http://h:1/a b?c=d e#f", "HTTP://H/ü", "localhost:80/x", "a1+-.://x"]
    cases = [*special, *_texts(1, pieces, 1500, 14)]
    # "With `encodeUrl`, what is encoded already stays": theirs encodes it once more in the query.
    encoded = [_ESCAPED.sub("%", url) for url in _theirs("(url) => utils.encodeUrl(url)", cases)]
    assert encoded == [encode_url(case) for case in cases]
    schemes = _theirs("(url) => utils.hasExplicitScheme(url) ? url : `http://${url}`", cases)
    assert schemes == [with_scheme(case) for case in cases]


def test_comments_in_json() -> None:
    pieces = [
        "{",
        "}",
        '"a"',
        ": 1",
        ",",
        "\n",
        "  ",
        "\t",
        "// c\n",
        "/* c */",
        "/* c\n d */",
        '"// no"',
        '"\\""',
        "'x'",
        "1",
    ]
    cases = _texts(2, pieces, 2000, 12)
    theirs = _theirs("(text) => attempt(() => decomment(text), text)", cases)
    assert theirs == [without_comments(case) for case in cases]


def test_dotenv() -> None:
    pieces = [
        "A",
        "B_1",
        "a.b-c",
        "=",
        ": ",
        "\n",
        " ",
        "export ",
        "#c",
        '"x y"',
        "'z\\n'",
        '"l\\nm"',
        "`t`",
        "v",
        '"multi\nline"',
        "'",
    ]
    cases = _texts(3, pieces, 2000, 14)
    assert _theirs("(text) => dotenvToJson(text)", cases) == [parse_dotenv(case) for case in cases]


def test_prompts() -> None:
    cases = _texts(4, ["{{?", "}}", "{{", "name", " ", "?", "{", "}", "a b"], 1000, 10)
    theirs = _theirs("(text) => utils.extractPromptVariables({a: [text]})", cases)
    assert theirs == [list(dict.fromkeys(extract({"a": [case]}))) for case in cases]


def test_forms() -> None:
    pieces = [*"ab =&+%~*'()!-._/ü\n\"", "\U0001f600"]
    values = _texts(5, pieces, 600, 6)
    cases: list[Any] = [
        [{"name": a, "value": b}, {"name": b, "value": a}] for a, b in itertools.pairwise(values)
    ]
    cases += [[{"name": "n", "value": value}] for value in (None, 1, 1.5, True, "")]
    theirs = _theirs("(fields) => utils.buildFormUrlEncodedPayload(fields)", cases)
    assert theirs == [url_encoded(case) for case in cases]


def test_templates() -> None:
    chance = random.Random(6)
    pieces = [
        "{{a}}",
        "{{b}}",
        "{{c}}",
        "{{o.k}}",
        "{{l[0]}}",
        "{{l[1].z}}",
        "{{x.y}}",
        "{{nope}}",
        "t",
        "{",
        "}",
        "{{",
        " ",
    ]
    pieces += [
        "{{{a}}}",
        '{{o["k"]}}',
        "{{o}}",
        "{{l.length}}",
        "{{a[0]}}",
        "{{$nope}}",
        "{{ a }}",
        "{{process.env.P}}",
        '"',
    ]

    def text() -> str:
        return "".join(chance.choices(pieces, k=chance.randint(0, 4)))

    def value(depth: int = 0) -> Any:
        kind = chance.random()
        if kind < 0.6 or depth > 1:
            return text()
        if kind < 0.7:
            return chance.choice([1, 0, -2.5, 1e21, 1e-7, 0.1, True, False, None])
        if kind < 0.85:
            return {key: value(depth + 1) for key in chance.sample("kmz1", chance.randint(0, 3))}
        return [value(depth + 1) for _ in range(chance.randint(0, 3))]

    cases: list[tuple[str, dict[str, Any], bool]] = []
    for _ in range(1500):
        variables = {
            name: value() for name in chance.sample(["a", "b", "c", "o", "l", "x.y"], chance.randint(1, 5))
        }
        variables["process"] = {"env": {"P": "p{{a}}"}}
        cases.append((text(), variables, chance.random() < 0.3))

    def ours(template: str, variables: dict[str, Any], escape: bool) -> str | None:
        try:
            return interpolate(template, variables, escape_json_strings=escape)
        except BruscriptError:
            return None

    # What grows without end is an error in both, at different lengths: those cases are left out.
    expected = [ours(*case) for case in cases]
    finite = [case for case, result in zip(cases, expected, strict=True) if result is not None]
    assert len(finite) > 1400
    theirs = _theirs(
        "([text, vars, escape]) => common.interpolate(text, vars, {escapeJSONStrings: escape})", finite
    )
    assert theirs == [result for result in expected if result is not None]


def test_dynamic_names() -> None:
    theirs = _theirs("() => Object.keys((utils.mockDataFunctions || common.mockDataFunctions))", [0])
    assert set(theirs[0]) == names()


def test_collation() -> None:
    beyond = [
        "🚀",
        "🔒",
        "✅",
        "\u2013",
        "…",
        "“",
        "€",
        "я",
        "Я",
        "ё",
        "ω",
        "Σ",
        "日",
        "本",
        "ø",
        "Æ",
        "ł",
        "№",
    ]
    cases = _texts(7, [*"aAbBzZ019 _-.,éÉüñ()[]@~+", "ß", *beyond], 3000, 5)
    theirs = json.loads(
        node(
            "const c = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
            "console.log(JSON.stringify(c.sort((a, b) => a.localeCompare(b))))",
            stdin=json.dumps(cases),
        )
    )
    assert sorted(cases, key=collation_key) == theirs


def test_scripts_with_tests() -> None:
    pieces = [
        "test",
        "(",
        "test(",
        ".test(",
        '"',
        "'",
        "`",
        "//",
        "/*",
        "*/",
        "\n",
        " ",
        "a",
        "mytest(",
        "\\",
    ]
    cases = _texts(8, pieces, 3000, 10)
    source = "require('@usebruno/cli/src/utils/request').hasExecutableTestInScript"
    assert _theirs(source, cases) == [calls_test(case) for case in cases]
