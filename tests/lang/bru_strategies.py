"""Hypothesis strategies for .bru texts of every kind."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = st.sampled_from(
    ["a", "b", "name", "url", "token", "x-y", "é", "日本", "$res.body", "a.b[0]", "A1", "10", "😀"]
)
ODD = st.sampled_from(
    [
        "",
        " ",
        "{",
        "}",
        ":",
        '"',
        "'",
        "'''",
        "@",
        "~",
        "[",
        "]",
        ",",
        "(",
        ")",
        "\\",
        "\t",
        "\r",
        "{{x}}",
        "@file(a|b)",
    ]
)
LINE = st.lists(st.one_of(WORDS, ODD, st.just(" ")), max_size=5).map("".join)
PLAIN = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
PADDING = st.sampled_from(["", "", "", " ", "  ", "\t"])
LINE_END = st.sampled_from(["\n", "\n", "\n", "\n\n", "\n  \n", "\r\n"])

_PAIRS = [
    "meta",
    "settings",
    "app",
    "get",
    "post",
    "http",
    "grpc",
    "ws",
    "params:path",
    "params:query",
    "query",
]
_PAIRS += [
    "headers",
    "metadata",
    "body:form-urlencoded",
    "body:multipart-form",
    "body:file",
    "body:grpc",
    "body:ws",
]
_AUTH = [
    "awsv4",
    "basic",
    "bearer",
    "digest",
    "ntlm",
    "oauth1",
    "oauth2",
    "wsse",
    "apikey",
    "akamai-edgegrid",
]
_AUTH += [
    f"oauth2:additional_params:{step}:{place}"
    for step in ("auth_req", "access_token_req", "refresh_token_req")
    for place in ("headers", "queryparams")
]
_VARS = ["vars:pre-request", "vars:post-response"]
_TEXTS = ["script:pre-request", "script:post-response", "tests", "docs"]
_BODIES = ["body", "body:json", "body:text", "body:xml", "body:sparql", "body:graphql", "body:graphql:vars"]
DICTIONARIES = {
    "request": [*_PAIRS, *(f"auth:{mode}" for mode in _AUTH), *_VARS, "assert"],
    "collection": ["meta", "query", "headers", "auth", *(f"auth:{mode}" for mode in _AUTH), *_VARS],
    "environment": ["vars", "vars:externalsecrets:azure-key-vault", "vars:externalsecrets:other"],
}
TEXTS = {"request": [*_TEXTS, *_BODIES], "collection": _TEXTS, "environment": []}
_KEYS = st.sampled_from(
    [
        "name",
        "seq",
        "type",
        "tags",
        "url",
        "body",
        "auth",
        "method",
        "mode",
        "timeout",
        "encodeUrl",
        "maxRedirects",
        "keepAliveInterval",
        "code",
        "enabled",
        "grant_type",
        "pkce",
        "auto_fetch_token",
        "token_placement",
        "username",
        "password",
        "domain",
        "private_key",
        "include_body_hash",
        "maxBodySize",
        "content",
        "selected",
        "file",
        "text",
    ]
)
_TYPED = st.sampled_from(
    [
        "true",
        "false",
        "1",
        "1.50",
        "-0",
        "1e3",
        "0x1f",
        " 12abc",
        "inherit",
        "null",
        "[1]",
        '{"a":1.0}',
        "Infinity",
        "authorization_code",
        "client_credentials",
        "password",
        "implicit",
        "@file(a)",
        "x @contentType(a/b)",
        "1e999",
    ]
)


@st.composite
def notes_on(draw: st.DrawFn, indent: str) -> str:
    name = draw(
        st.sampled_from(["description", "number", "boolean", "object", "string", "other", "x:y", "a,b"])
    )
    argument = draw(
        st.one_of(
            st.just(""),
            LINE.map(lambda t: f"({t})"),
            LINE.map(lambda t: f"('{t}')"),
            LINE.map(lambda t: f'("{t}")'),
            st.lists(LINE, max_size=3).map(
                lambda ls: "('''\n" + "".join(f"    {x}\n" for x in ls) + f"{indent}''')"
            ),
        )
    )
    line_end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    return f"{indent}@{name}{argument}{draw(PADDING)}{line_end}"


@st.composite
def values(draw: st.DrawFn) -> str:
    shape = draw(st.sampled_from(["line", "line", "line", "typed", "odd", "triple", "list", "inline"]))
    if shape == "line":
        return draw(PLAIN)
    if shape == "typed":
        return draw(_TYPED)
    if shape == "odd":
        return draw(LINE)
    if shape == "triple":
        lines = draw(st.lists(LINE, max_size=3))
        tail = draw(st.sampled_from(["", "", " @contentType(a/b)", " tail"]))
        return "'''\n" + "".join(f"    {line}\n" for line in lines) + f"  '''{tail}"
    if shape == "list":
        gap = draw(st.sampled_from(["\n", "\n", "\n\n", "\r\n"]))
        items = draw(st.lists(st.sampled_from(["a", "b-c", "d_e", "é", "²", "1"]), max_size=3))
        return "[" + gap + "".join(f"    {item}{gap}" for item in items) + "  ]"
    return f"'''{draw(LINE)}'''"


@st.composite
def pairs(draw: st.DrawFn) -> str:
    indent = draw(st.sampled_from(["  ", "  ", "  ", "", "\t", "    "]))
    notes = "".join(draw(st.lists(notes_on(indent), max_size=2)))
    key = draw(st.one_of(_KEYS, _KEYS, WORDS, LINE, LINE.map(lambda t: f'"{t}"')))
    mark = draw(st.sampled_from(["", "", "", "~", "@", "~@"]))
    return f"{notes}{indent}{mark}{key}{draw(PADDING)}:{draw(PADDING)} {draw(values())}{draw(PADDING)}"


@st.composite
def dictionaries(draw: st.DrawFn, kind: str) -> str:
    name = draw(st.sampled_from(DICTIONARIES[kind]))
    entries = draw(st.lists(pairs(), max_size=4))
    opening = draw(st.sampled_from(["\n", "\n", "\n", "\n\n", " \n", " ", "\r\n"]))
    content = draw(LINE_END).join(entries)
    closing = draw(st.sampled_from(["\n}", "\n}", "\n}", "\n\n}", "\n \n}", "\r\n}"]))
    return f"{name}{draw(PADDING)}{{{opening}{content}{closing}" if entries else f"{name} {{{closing}"


@st.composite
def texts(draw: st.DrawFn, kind: str) -> str:
    lines = draw(st.lists(st.tuples(st.sampled_from(["  ", "  ", "    ", "", " "]), LINE), max_size=4))
    name = draw(st.sampled_from(TEXTS[kind]))
    content = draw(st.sampled_from(["\n", "\n", "\r\n"])).join(a + b for a, b in lines)
    return f"{name} {{\n{content}\n}}"


@st.composite
def secrets(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(["a", "~b", "c-d", "é", ""]), max_size=4))
    notes = draw(st.one_of(st.just(""), st.just(""), notes_on("  ")))
    comma = draw(st.sampled_from([",\n  ", ",\n  ", ",", ", ", "\n,"]))
    return f"vars:secret [\n{notes}  {comma.join(names)}\n]"


@st.composite
def examples(draw: st.DrawFn) -> str:
    entries = draw(
        st.lists(
            st.tuples(st.sampled_from(["a", "~b", '"c d"', '~"e:f"']), st.one_of(PLAIN, LINE)), max_size=3
        )
    )
    block = "".join(f"      {key}: {value}\n" for key, value in entries)
    request = draw(
        st.lists(
            st.sampled_from(
                [
                    "    url: https://a.example\n",
                    "    method: get\n",
                    "    mode: json\n",
                    "    mode:\n",
                    "\n",
                    "  \n",
                    f"    headers: {{\n{block}    }}\n",
                    f"    params:query: {{\n{block}    }}\n",
                    f"    body:multipart-form: {{\n{block}    }}\n",
                    f"    body:form-urlencoded: {{\n{block}    }}\n",
                    "    body:json: {\n      {\n        1\n      }\n    }\n",
                    "    body:graphql:vars: {\n      x\n    }\n",
                    "    body:file: {\n      file: @file(a) @contentType(b)\n    }\n",
                    "    odd\n",
                ]
            ),
            max_size=4,
        )
    )
    response = draw(
        st.lists(
            st.sampled_from(
                [
                    f"    headers: {{\n{block}    }}\n",
                    "    status: {\n      code: 404\n      text: No\n    }\n",
                    "\n",
                    "    body: {\n      type: json\n      content: '''\n        {}\n      '''\n    }\n",
                    "    body: {\n      content: '''x'''\n    }\n",
                    "    body: {\n      type: text\n    }\n",
                ]
            ),
            max_size=3,
        )
    )
    parts = [
        f"  name: {draw(LINE)}\n",
        draw(
            st.sampled_from(["", "  description: d\n", "  description: '''\n    a\n    b\n  '''\n", "  \n"])
        ),
        "  request: {\n" + "".join(request) + "  }\n",
        draw(st.sampled_from(["\n", "", "  \n"])),
        draw(st.sampled_from(["", "  response: {\n" + "".join(response) + "  }\n"])),
    ]
    return "example {\n" + "".join(parts) + "}"


@st.composite
def documents(draw: st.DrawFn, kind: str) -> str:
    """Texts of a kind: most of them legal, some nearly so."""
    blocks = [dictionaries(kind), dictionaries(kind)]
    if TEXTS[kind]:
        blocks.append(texts(kind))
    if kind == "request":
        blocks.append(examples())
    if kind == "environment":
        blocks += [secrets(), st.just("color: #abcdef")]
    separator = draw(st.sampled_from(["\n\n", "\n\n", "\n", "", " ", "\r\n\r\n"]))
    text = separator.join(draw(st.lists(st.one_of(*blocks), max_size=4)))
    return text + draw(st.sampled_from(["\n", "\n", "", "\n\n", " x"]))
