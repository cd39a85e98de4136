"""The keys of OpenCollection's files, and what may stand under each.

`lint` compares files with it, `format` orders keys by it. Keys of the specification that Bruno itself does
not read are here too, so that they are not taken for mistakes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bruscript.lang.values import SECRET_IDENTIFIERS
from bruscript.lang.yml import auth as modes
from bruscript.lang.yml.shapes import MODES


@dataclass(frozen=True)
class Leaf:
    """A scalar: `text`, `number`, `flag` (true or false), `switch` (a flag, or its text), or `any` value.

    With `words` it is one of them; another one is an error, or with `lenient` a finding.
    """

    kind: str = "text"
    words: tuple[str, ...] = ()
    lenient: bool = False


@dataclass(frozen=True)
class Keys:
    """A mapping. `wrong` are keys that people write for others: what to write instead."""

    keys: dict[str, Spec]
    wrong: dict[str, str] = field(default_factory=dict)
    open: bool = False
    """Whether other keys are nobody's business."""
    required: tuple[str, ...] = ()
    hint: str | None = None
    """What to write where a required key is missing."""


@dataclass(frozen=True)
class Rows:
    """A list whose items all have the same shape; `example` shows one."""

    item: Spec
    example: str = "- name: …"


@dataclass(frozen=True)
class Either:
    """A shape for each sort of node; None where the sort is an error."""

    scalar: Spec | None = None
    mapping: Spec | None = None
    sequence: Spec | None = None


@dataclass(frozen=True)
class Typed:
    """A mapping whose key `by` says which keys it has beside that."""

    by: str
    types: dict[str, Spec]
    wrong: dict[str, str] = field(default_factory=dict)
    after: str = ""
    """The key that `by` follows where Bruno writes them."""
    lenient: tuple[str, ...] = ()
    """Types of the specification that Bruno passes over."""


Spec = Leaf | Keys | Rows | Either | Typed

TEXT: Final = Leaf()
ANY: Final = Leaf("any")
FLAG: Final = Leaf("flag")
NUMBER: Final = Leaf("number")
SWITCH: Final = Leaf("switch")
MARKDOWN: Final = Either(TEXT, Keys({"content": TEXT, "type": TEXT}))
VALUE: Final = Either(
    TEXT,
    Keys(
        {"type": TEXT, "data": TEXT},
        required=("type", "data"),
        hint="Write an object as JSON: {type: object, data: '…'}.",
    ),
)

_ENTRY_MISTAKES: Final = {
    "key": "`name`",
    "enabled": "`disabled: true` for an entry that is not used",
    "active": "`disabled: true` for an entry that is not used",
}


def entry(**more: Spec) -> Keys:
    """Return the shape of an entry with name and value."""
    common: dict[str, Spec] = {"name": TEXT, "value": TEXT}
    return Keys({**common, **more, "description": MARKDOWN, "disabled": FLAG}, _ENTRY_MISTAKES)


HEADERS: Final = Rows(entry())
PARAMS: Final = Rows(entry(type=Leaf(words=("query", "path"))))
VARIABLES: Final = Rows(entry(value=VALUE, transient=FLAG))
_PART: Final = Typed(
    "type",
    {
        "text": entry(contentType=TEXT),
        "file": entry(value=Rows(TEXT, "- path/to/file"), contentType=TEXT),
    },
    after="name",
)
_FILE: Final = Keys(
    {"filePath": TEXT, "contentType": TEXT, "selected": FLAG, "description": MARKDOWN},
    {"path": "`filePath`", "enabled": "`selected: true` for the file that is sent"},
)
_BODY_DATA: Final[dict[str, Spec]] = {
    "json": Either(TEXT, ANY, ANY),
    "text": TEXT,
    "xml": TEXT,
    "sparql": TEXT,
    "form-urlencoded": Rows(entry()),
    "multipart-form": Rows(_PART),
    "file": Rows(_FILE, "- filePath: …"),
}
BODY: Final = Either(
    Leaf(words=("none",)),
    Typed(
        "type",
        {kind: Keys({"data": data}) for kind, data in _BODY_DATA.items()},
        {
            **{mode: kind for kind, mode in MODES.items() if mode != kind},
            "formdata": "multipart-form",
            "form-data": "multipart-form",
            "multipart": "multipart-form",
            "urlencoded": "form-urlencoded",
            "form": "form-urlencoded",
            "raw": "text",
            "binary": "file",
        },
    ),
)


def _texts(*names: str) -> Keys:
    return Keys(dict.fromkeys(names, TEXT))


_CREDENTIALS: Final = Keys(
    {"clientId": TEXT, "clientSecret": TEXT, "placement": Leaf(words=("basic_auth_header", "body"))}
)
_PARAMETERS: Final = Rows(
    Keys(
        {"name": TEXT, "placement": Leaf(words=tuple(modes.PLACEMENTS)), "value": TEXT, "disabled": FLAG},
        _ENTRY_MISTAKES,
    )
)
_TOKEN: Final = Keys(
    {
        "id": TEXT,
        "placement": Keys({"header": TEXT, "query": TEXT}),
        "source": Leaf(words=("access_token", "id_token")),
    }
)
_SETTINGS_OAUTH2: Final = Keys({"autoFetchToken": FLAG, "autoRefreshToken": FLAG})


def _flow(name: str) -> Keys:
    order = ("authorizationUrl", "accessTokenUrl", "refreshTokenUrl", "callbackUrl")
    tail: dict[str, Spec] = {"tokenConfig": _TOKEN, "settings": _SETTINGS_OAUTH2}
    names = modes.FLOW_KEYS[name]
    keys: dict[str, Spec] = {key: TEXT for key in order if key in names}
    keys["credentials"] = _CREDENTIALS
    if name == "resource_owner_password_credentials":
        keys["resourceOwner"] = _texts("username", "password")
    scopes: dict[str, Spec] = {key: TEXT for key in ("scope", "state") if key in names}
    parameters: dict[str, Spec] = {
        "additionalParameters": Keys(dict.fromkeys(modes.FLOW_STEPS[name], _PARAMETERS))
    }
    if name == "authorization_code":
        return Keys(
            {**keys, **parameters, **scopes, "pkce": Keys({"disabled": FLAG, "method": TEXT}), **tail}
        )
    return Keys({**keys, **scopes, **parameters, **tail})


OAUTH2: Final = Typed(
    "flow", {name: _flow(name) for name in modes.FLOWS}, {"password": "resource_owner_password_credentials"}
)
AUTH: Final = Either(
    Leaf(words=("inherit", "none")),
    Typed(
        "type",
        {
            **{mode: _texts(*names) for mode, names in modes.FIELDS.items()},
            "bearer": _texts("token"),
            "apikey": Keys({"key": TEXT, "value": TEXT, "placement": Leaf(words=("header", "query"))}),
            "oauth1": Keys(
                {
                    **dict.fromkeys(modes.OAUTH1_FIELDS, TEXT),
                    "privateKey": Either(TEXT, Keys({"type": Leaf(words=("text", "file")), "value": TEXT})),
                    "placement": Leaf(words=("header", "query", "body")),
                    "includeBodyHash": FLAG,
                }
            ),
            "oauth2": OAUTH2,
            "akamai-edgegrid": Keys({**dict.fromkeys(modes.EDGEGRID_TEXTS, TEXT), "maxBodySize": NUMBER}),
        },
        {"api-key": "apikey", "aws": "awsv4", "edgegrid": "akamai-edgegrid", "oauth": "oauth2"},
    ),
)
SCRIPTS: Final = Rows(
    Typed(
        "type",
        {kind: Keys({"code": TEXT}) for kind in ("before-request", "after-response", "tests")},
        {
            "pre-request": "before-request",
            "post-response": "after-response",
            "test": "tests",
            "prerequest": "before-request",
        },
        lenient=("hooks",),
    ),
    "- type: tests",
)
ACTIONS: Final = Rows(
    Keys(
        {
            "type": Leaf(words=("set-variable",), lenient=True),
            "phase": Leaf(words=("after-response",), lenient=True),
            "selector": Keys({"expression": TEXT, "method": TEXT}),
            "variable": Keys({"name": TEXT, "scope": TEXT}),
            "description": MARKDOWN,
            "disabled": FLAG,
        },
        {"enabled": _ENTRY_MISTAKES["enabled"]},
    ),
    "- type: set-variable",
)
ASSERTIONS: Final = Rows(
    Keys(
        {
            "expression": TEXT,
            "operator": TEXT,
            "value": Either(TEXT, None, ANY),
            "description": MARKDOWN,
            "disabled": FLAG,
        },
        {"enabled": _ENTRY_MISTAKES["enabled"], "name": "`expression`"},
    ),
    "- expression: …",
)
RUNTIME: Final = Keys(
    {"variables": VARIABLES, "scripts": SCRIPTS, "assertions": ASSERTIONS, "actions": ACTIONS, "auth": AUTH},
    {"vars": "`variables`", "tests": "`scripts` with an entry of `type: tests`"},
)
SETTINGS: Final = Keys(
    {
        "encodeUrl": SWITCH,
        "timeout": Leaf("timeout"),
        "followRedirects": SWITCH,
        "maxRedirects": NUMBER,
        "forwardAuthorizationHeader": SWITCH,
    }
)
_EXAMPLE: Final = Rows(
    Keys(
        {
            "name": TEXT,
            "description": MARKDOWN,
            "request": Keys(
                {"url": TEXT, "method": TEXT, "headers": HEADERS, "params": PARAMS, "body": BODY}
            ),
            "response": Keys(
                {
                    "status": ANY,
                    "statusText": TEXT,
                    "headers": HEADERS,
                    "body": Keys({"type": TEXT, "data": ANY}),
                }
            ),
        }
    )
)
_INFO: Final[dict[str, Spec]] = {
    "name": TEXT,
    "type": TEXT,
    "seq": Leaf("number", lenient=True),
    "tags": Rows(TEXT, "- smoke"),
    "description": MARKDOWN,
}


def _item(block: str, shape: Keys, runtime: Keys, **more: Spec) -> Keys:
    keys: dict[str, Spec] = {
        "info": Keys(_INFO),
        block: shape,
        "runtime": runtime,
        **more,
    }
    return Keys(
        keys,
        {
            "vars": "`runtime: variables:`",
            "variables": "`runtime: variables:`",
            "scripts": "`runtime: scripts:`",
            "assertions": "`runtime: assertions:`",
            "request": f"`{block}` and `runtime`",
            **{key: f"`{key}` in `{block}`" for key in shape.keys},
        },
    )


_HTTP: Final = Keys(
    {"method": TEXT, "url": TEXT, "headers": HEADERS, "params": PARAMS, "body": BODY, "auth": AUTH},
    {"query": "`params` with `type: query`", "vars": "`runtime: variables:`"},
)
_GRAPHQL: Final = Keys({**_HTTP.keys, "body": Keys({"query": TEXT, "variables": TEXT})}, _HTTP.wrong)
_WS_MESSAGE: Final = Keys({"type": Leaf(words=("text", "json", "xml", "binary")), "data": TEXT})
_WEBSOCKET: Final = Keys(
    {
        "url": TEXT,
        "headers": HEADERS,
        "message": Either(
            None, _WS_MESSAGE, Rows(Keys({"title": TEXT, "selected": FLAG, "message": _WS_MESSAGE}))
        ),
        "auth": AUTH,
    }
)
_GRPC: Final = Keys(
    {
        "url": TEXT,
        "method": TEXT,
        "methodType": Leaf(words=("unary", "client-streaming", "server-streaming", "bidi-streaming")),
        "protoFilePath": TEXT,
        "metadata": HEADERS,
        "message": Either(TEXT, None, Rows(Keys({"title": TEXT, "message": TEXT}))),
        "auth": AUTH,
    }
)
_APP: Final = Keys({"enabled": FLAG, "code": TEXT})
ITEMS: Final[dict[str, Keys]] = {
    "http": _item("http", _HTTP, RUNTIME, settings=SETTINGS, examples=_EXAMPLE, docs=MARKDOWN, app=_APP),
    "graphql": _item("graphql", _GRAPHQL, RUNTIME, settings=SETTINGS, docs=MARKDOWN),
    "grpc": _item("grpc", _GRPC, RUNTIME, settings=Keys({}, open=True), docs=MARKDOWN),
    "websocket": _item(
        "websocket",
        _WEBSOCKET,
        RUNTIME,
        settings=Keys({"timeout": NUMBER, "keepAliveInterval": NUMBER}),
        docs=MARKDOWN,
    ),
    "script": Keys({"type": TEXT, "script": TEXT, "info": Keys(_INFO)}),
    "app": Keys({"info": Keys(_INFO), "code": TEXT}),
}
"""The shape of each type of item."""
UNKNOWN: Final = Keys({"info": Keys(_INFO, open=True)}, open=True)
"""The shape of a request file that does not say what it is."""

DEFAULTS: Final = Keys(
    {
        "headers": HEADERS,
        "auth": AUTH,
        "variables": VARIABLES,
        "actions": ACTIONS,
        "scripts": SCRIPTS,
        "metadata": HEADERS,
        "settings": Keys({}, open=True),
    },
    {"vars": "`variables`", "assertions": "assertions in the requests: here they are not read"},
)
_MISPLACED: Final = {
    "runtime": "`request`, with `scripts` and `variables` in it",
    "vars": "`request: variables:`",
    **{key: f"`{key}` in `request`" for key in ("headers", "auth", "variables", "scripts", "actions")},
}
_CERTIFICATE: Final = Typed(
    "type",
    {
        kind: Keys({**dict.fromkeys(("domain", *files, "passphrase"), TEXT), "disabled": FLAG})
        for kind, files in (
            ("pem", ("certificateFilePath", "privateKeyFilePath")),
            ("pkcs12", ("pkcs12FilePath",)),
        )
    },
    {"cert": "pem", "pfx": "pkcs12"},
    after="domain",
)
_PROXY: Final = Keys(
    {
        "inherit": FLAG,
        "config": Keys(
            {
                "protocol": TEXT,
                "hostname": TEXT,
                "port": TEXT,
                "auth": Keys({"username": TEXT, "password": TEXT, "disabled": FLAG}),
                "bypassProxy": TEXT,
            }
        ),
        "disabled": FLAG,
    },
    {key: f"`{key}` in `config`" for key in ("hostname", "port", "protocol", "auth")}
    | {"enabled": "`disabled` and `inherit`"},
)
_OPEN: Final = Keys({}, open=True)
FILES: Final[dict[str, Keys]] = {
    "folder": Keys(
        {
            "info": Keys(
                {
                    "name": TEXT,
                    "type": TEXT,
                    "seq": Leaf("number", lenient=True),
                    "description": MARKDOWN,
                    "tags": ANY,
                }
            ),
            "request": DEFAULTS,
            "docs": MARKDOWN,
        },
        _MISPLACED,
    ),
    "collection": Keys(
        {
            "opencollection": TEXT,
            "info": Keys(
                {"name": TEXT, "version": TEXT, "summary": TEXT, "description": MARKDOWN, "authors": ANY},
                open=True,
            ),
            "config": Keys(
                {
                    "protobuf": Keys(
                        {
                            "protoFiles": Rows(Keys({"type": TEXT, "path": TEXT}), "- path: …"),
                            "importPaths": Rows(Keys({"path": TEXT, "disabled": FLAG}), "- path: …"),
                        }
                    ),
                    "proxy": _PROXY,
                    "clientCertificates": Rows(_CERTIFICATE, "- domain: …"),
                    "environments": ANY,
                }
            ),
            "request": DEFAULTS,
            "docs": MARKDOWN,
            "bundled": FLAG,
            "items": ANY,
            "extensions": Keys(
                {
                    "bruno": Keys(
                        {
                            "ignore": Rows(TEXT, "- dist"),
                            "presets": Keys({"request": _texts("type", "url"), "defaultEnvironment": TEXT}),
                            "scripts": Keys(
                                {
                                    "additionalContextRoots": Rows(TEXT, "- ../shared"),
                                    "flow": Leaf(words=("sandwich", "sequential")),
                                }
                            ),
                            "openapi": ANY,
                        },
                        open=True,
                    )
                },
                open=True,
            ),
        },
        _MISPLACED,
    ),
    "environment": Keys(
        {
            "name": TEXT,
            "color": TEXT,
            "variables": Rows(
                Keys(
                    {
                        "secret": FLAG,
                        "name": TEXT,
                        "value": VALUE,
                        "type": TEXT,
                        "disabled": FLAG,
                        "description": MARKDOWN,
                        "transient": FLAG,
                    },
                    _ENTRY_MISTAKES,
                )
            ),
            "externalSecrets": Keys(
                {
                    "type": Leaf(words=tuple(SECRET_IDENTIFIERS), lenient=True),
                    "variables": Rows(
                        Keys(
                            {
                                "name": TEXT,
                                **dict.fromkeys(SECRET_IDENTIFIERS.values(), TEXT),
                                "disabled": FLAG,
                            },
                            _ENTRY_MISTAKES,
                        )
                    ),
                }
            ),
            **dict.fromkeys(("description", "dotEnvFilePath", "clientCertificates"), ANY),
        },
        {"vars": "`variables`, a list of `- name: …` with `value: …`", "extends": "the variables themselves"},
    ),
}
"""The shapes of the other files."""


def all_keys() -> frozenset[str]:
    """Return every key that the format has, in whatever place."""
    found: set[str] = set()
    pending: list[Spec | None] = [*FILES.values(), *ITEMS.values()]
    while pending:
        spec = pending.pop()
        if isinstance(spec, Keys):
            found.update(spec.keys)
            pending += spec.keys.values()
        elif isinstance(spec, Typed):
            found.add(spec.by)
            pending += spec.types.values()
        elif isinstance(spec, Rows):
            pending.append(spec.item)
        elif isinstance(spec, Either):
            pending += [spec.scalar, spec.mapping, spec.sequence]
    return frozenset(found)
