"""Random YAML files with names and values that hostile or careless people write."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

PIECES = [
    *(
        "a",
        "b c",
        "~",
        "@",
        ":",
        '"',
        "'",
        "'''",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "|",
        ",",
        "\\",
        "#",
        "-",
        " ",
    ),
    *("\n", "\r\n", "\r", "\t", "\n}", "\n\n", "  x", "{{x}}", "@file(", "@contentType(t)", "é", "\u2028"),
    *(
        "\x85",
        "\ufeff",
        "\xa0",
        "\x7f",
        "\x0b",
        "\x00",
        "__proto__",
        "null",
        "true",
        "007",
        "vars {",
        "=",
        "&",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
ONE_LINE = TEXTS.filter(lambda text: not set(text) & set("\n\r"))
PLAIN = st.sampled_from(["a", "b-c", "x.y", "{{x}}", "Accept"])
NAMES = PLAIN | TEXTS
VALUES = PLAIN | TEXTS


def rows(**more: Any) -> Any:
    """A list of entries, with a name, a value, and now and then a description."""
    entry = st.fixed_dictionaries(
        {"name": NAMES, "value": VALUES, **more}, optional={"disabled": st.just(True), "description": TEXTS}
    )
    return st.lists(entry, max_size=3)


TYPED = st.builds(
    lambda kind, data: {"type": kind, "data": data},
    st.sampled_from(["number", "boolean", "object", "string"]),
    st.sampled_from(["1", "true", "1.50", "{}", "[]", '{"a": "\'\'\'"}', '{"a": {}}', "x ", ""]),
)
VARIABLES = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES, "value": VALUES | TYPED}, optional={"disabled": st.just(True), "description": TEXTS}
    ),
    max_size=3,
)
PARTS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"name": NAMES, "type": st.just("text"), "value": VALUES}, optional={"contentType": VALUES}
        ),
        st.fixed_dictionaries(
            {"name": NAMES, "type": st.just("file"), "value": st.lists(VALUES, max_size=2)},
            optional={"contentType": VALUES, "disabled": st.just(True)},
        ),
    ),
    max_size=3,
)
FILES = st.lists(
    st.fixed_dictionaries({"filePath": VALUES, "contentType": VALUES, "selected": st.booleans()}), max_size=2
)
BODIES = st.one_of(
    st.fixed_dictionaries({"type": st.sampled_from(["json", "text", "xml", "sparql"]), "data": TEXTS}),
    st.fixed_dictionaries({"type": st.just("form-urlencoded"), "data": rows()}),
    st.fixed_dictionaries({"type": st.just("multipart-form"), "data": PARTS}),
    st.fixed_dictionaries({"type": st.just("file"), "data": FILES}),
)
AUTHS = st.one_of(
    st.sampled_from(["inherit", "none"]),
    *(
        st.fixed_dictionaries({"type": st.just(mode), "username": VALUES, "password": VALUES})
        for mode in ("basic", "digest", "wsse")
    ),
    st.fixed_dictionaries(
        {"type": st.just("ntlm"), "username": VALUES, "password": VALUES, "domain": VALUES}
    ),
    st.fixed_dictionaries({"type": st.just("bearer"), "token": VALUES}),
    st.fixed_dictionaries(
        {
            "type": st.just("apikey"),
            "key": NAMES,
            "value": VALUES,
            "placement": st.sampled_from(["header", "query"]),
        }
    ),
    st.fixed_dictionaries({"type": st.just("oauth1"), "consumerKey": VALUES, "privateKey": VALUES}),
    st.fixed_dictionaries(
        {
            "type": st.just("oauth2"),
            "flow": st.just("client_credentials"),
            "accessTokenUrl": VALUES,
            "credentials": st.fixed_dictionaries({"clientId": VALUES, "clientSecret": VALUES}),
            "additionalParameters": st.fixed_dictionaries(
                {"accessTokenRequest": rows(placement=st.sampled_from(["header", "query", "body"]))}
            ),
        }
    ),
)
SCRIPTS = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["before-request", "after-response", "tests"]), "code": TEXTS}
    ),
    max_size=2,
    unique_by=lambda script: script["type"],
)
ASSERTIONS = st.lists(
    st.fixed_dictionaries(
        {"expression": NAMES, "operator": st.sampled_from(["eq", "contains"]), "value": VALUES},
        optional={"disabled": st.just(True)},
    ),
    max_size=2,
)
ACTIONS = st.lists(
    st.builds(
        lambda name, value: {
            "type": "set-variable",
            "phase": "after-response",
            "selector": {"expression": value, "method": "jsonq"},
            "variable": {"name": name, "scope": "runtime"},
        },
        NAMES,
        VALUES,
    ),
    max_size=2,
)
EXAMPLES = st.lists(
    st.fixed_dictionaries(
        {
            "name": NAMES,
            "request": st.fixed_dictionaries({"url": VALUES, "method": st.just("GET"), "headers": rows()}),
            "response": st.fixed_dictionaries(
                {
                    "status": st.just(200),
                    "statusText": PLAIN,
                    "body": st.fixed_dictionaries({"type": st.just("text"), "data": TEXTS}),
                }
            ),
        },
        optional={"description": TEXTS},
    ),
    max_size=1,
)
RUNTIME = st.fixed_dictionaries(
    {}, optional={"variables": VARIABLES, "scripts": SCRIPTS, "assertions": ASSERTIONS, "actions": ACTIONS}
)
SETTINGS = st.fixed_dictionaries(
    {}, optional={"encodeUrl": st.booleans(), "timeout": st.sampled_from([0, 250, "inherit"])}
)
INFO = st.fixed_dictionaries(
    {"name": NAMES, "type": st.just("http"), "seq": st.integers(1, 9)},
    optional={"tags": st.lists(NAMES, max_size=2), "description": TEXTS},
)
HTTP = st.fixed_dictionaries(
    {"method": st.sampled_from(["GET", "POST", "purge"]), "url": PLAIN | VALUES},
    optional={
        "headers": rows(),
        "params": rows(type=st.sampled_from(["query", "path"])),
        "body": BODIES,
        "auth": AUTHS,
    },
)
REQUESTS = st.fixed_dictionaries(
    {"info": INFO, "http": HTTP},
    optional={"runtime": RUNTIME, "settings": SETTINGS, "docs": TEXTS, "examples": EXAMPLES},
)
GRAPHQL = st.fixed_dictionaries(
    {
        "info": st.fixed_dictionaries({"name": NAMES, "type": st.just("graphql")}),
        "graphql": st.fixed_dictionaries(
            {"method": st.just("POST"), "url": VALUES},
            optional={"body": st.fixed_dictionaries({}, optional={"query": TEXTS, "variables": TEXTS})},
        ),
    }
)
FOLDERS = st.fixed_dictionaries(
    {"info": st.fixed_dictionaries({"name": NAMES, "type": st.just("folder")})},
    optional={
        "request": st.fixed_dictionaries(
            {}, optional={"headers": rows(), "auth": AUTHS, "variables": VARIABLES, "scripts": SCRIPTS}
        ),
        "docs": TEXTS,
    },
)
ENVIRONMENTS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "variables": st.lists(
            st.one_of(
                st.fixed_dictionaries(
                    {"name": NAMES, "value": VALUES | TYPED},
                    optional={"disabled": st.just(True), "description": TEXTS},
                ),
                st.fixed_dictionaries(
                    {"name": NAMES, "secret": st.just(True)},
                    optional={"disabled": st.just(True), "description": TEXTS},
                ),
            ),
            max_size=4,
        ),
    },
    optional={"color": VALUES},
)
FILES_BY_KIND: dict[str, Any] = {
    "request": REQUESTS | GRAPHQL,
    "folder": FOLDERS,
    "environment": ENVIRONMENTS,
}


def yaml_of(tree: Any) -> str:
    """Return a tree as YAML, of which JSON is a part."""
    return json.dumps(tree)
