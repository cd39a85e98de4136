"""Whatever a request holds comes back from the other format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from bruscript.conversion.file import bru_file, yml_file
from bruscript.conversion.losses import normal
from bruscript.lang import BruSyntaxError
from bruscript.lang.bru.document import BruDocument

NAMES = st.sampled_from(
    ["a", "x-y", "a.b", "{{x}}", "naïve", "日本", "with blank", "c:d", "true", "1", "-", "#x"]
)
VALUES = st.sampled_from(
    [
        *(
            "",
            "1",
            "true",
            "null",
            "{{x}}",
            "a: b",
            "# no comment",
            "- x",
            "it's",
            'say "hi"',
            "é\\n",
            "~",
            "@a",
        ),
        *(
            "1_000",
            "0x1F",
            "yes",
            "12:30",
            "*",
            "&a",
            "%",
            "a  b",
            "[x]",
            "|",
            ">",
            "two\nlines",
            "a\n\n  b\nc",
        ),
    ]
)
CODES = st.sampled_from(["", "const a = 1;", 'if (a) {\n  b("x");\n}', "// only a comment", "`{{x}}\\n`;"])


def entries(**more: Any) -> Any:
    pairs = {"name": NAMES, "value": VALUES, "enabled": st.booleans(), **more}
    return st.lists(st.fixed_dictionaries(pairs), max_size=3)


AUTHS: dict[str, Any] = {
    "bearer": {"token": VALUES},
    "basic": {"username": VALUES, "password": VALUES},
    "digest": {"username": VALUES, "password": VALUES},
    "wsse": {"username": VALUES, "password": VALUES},
    "apikey": {"key": NAMES, "value": VALUES, "placement": st.sampled_from(["header", "queryparams"])},
}
BODIES: dict[str, Any] = {
    "json": st.sampled_from(['{"a": 1}', '{\n  "b": [1, 2.50]\n}', "{{x}}", "[]"]),
    "text": VALUES.filter(str.strip),
    "xml": st.just("<a>\n  <b/>\n</a>"),
    "formUrlEncoded": entries(),
    "multipartForm": entries(type=st.just("text")),
}
CONDITIONS = st.sampled_from(["eq 1", "isJson", "neq {{x}}", "in a, b", "matches ^a$"])


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A request as people write it: odd names and values, but one body, one auth, and all of it in use."""
    auth, body = draw(st.sampled_from(["none", "inherit", *AUTHS])), draw(st.sampled_from(["none", *BODIES]))
    params = draw(entries(type=st.sampled_from(["query", "path"])))
    method = draw(st.sampled_from(["get", "post", "purge"]))
    data: dict[str, Any] = {
        "meta": {"name": draw(NAMES), "type": "http", "seq": draw(st.integers(2, 9))},
        "http": {"method": method, "url": "http://h/{{x}}?a=1", "body": body, "auth": auth},
        "headers": draw(entries()),
        "params": [entry for entry in params if entry["enabled"] or entry["type"] == "query"],
        "vars": {"req": draw(entries()), "res": draw(entries())},
        "assertions": draw(entries(value=CONDITIONS)),
        "script": {"req": draw(CODES), "res": draw(CODES)},
        "tests": draw(CODES),
        "docs": draw(CODES),
    }
    if auth in AUTHS:
        data["auth"] = {auth: draw(st.fixed_dictionaries(AUTHS[auth]))}
    if body in BODIES:
        data["body"] = {body: draw(BODIES[body])}
    if draw(st.booleans()):
        data["settings"] = {"encodeUrl": draw(st.booleans()), "timeout": draw(st.sampled_from([0, 250]))}
    return data


@examples(40)
@given(data=requests())
def test_whatever_a_request_holds_comes_back(data: dict[str, Any]) -> None:
    text = BruDocument.printed(data, "request").text
    try:
        before = BruDocument.parsed(text, "request").content()
    except BruSyntaxError:
        # What the reference's printer writes, its parser need not read.
        return
    path = Path("a.bru")
    there = bru_file(text, "request", path, lambda value: value)
    assert there is not None
    assert there.text is not None
    assert there.losses == []
    back = yml_file(there.text, "request", path.with_suffix(".yml"), lambda value: value)
    assert back is not None
    assert back.losses == []
    assert normal(BruDocument.parsed(str(back.text), "request").content()) == normal(before)
