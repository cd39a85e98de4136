"""The keys of OpenCollection's files, and the values of each.

`lint` compares files with it, `format` orders keys by it. Keys of the specification that Bruno itself does
not read are here too, so that they are not taken for mistakes.
"""

from __future__ import annotations

from typing import Final

from bruscript.lang.values import SECRET_IDENTIFIERS
from bruscript.lang.yml.parts import (
    ACTIONS,
    ANY,
    AUTH,
    BODY,
    ENTRY_MISTAKES,
    FLAG,
    HEADERS,
    MARKDOWN,
    NUMBER,
    PARAMS,
    RUNTIME,
    SCRIPTS,
    SETTINGS,
    TEXT,
    TYPE,
    VALUE,
    VARIABLES,
    texts,
)
from bruscript.lang.yml.spec import Either, Keys, Leaf, Rows, Spec, Typed

STRICT_TEXT: Final = Either(TEXT)
"""A text that nothing else can stand for: a list is an error, and so is an item without content."""
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
_TAGS: Final = Rows(TEXT, "- smoke")
_INFO: Final[dict[str, Spec]] = {
    "name": TEXT,
    "type": TEXT,
    "seq": Leaf("number", lenient=True),
    "tags": _TAGS,
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
            "tags": "`tags` in `info`",
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
            },
            advice={
                "pac": "The format has no proxy auto-config file: with `inherit: true` the system's is used, "
                "and bruno.json may name one."
            },
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
                    "tags": _TAGS,
                }
            ),
            "request": DEFAULTS,
            "docs": MARKDOWN,
        },
        {**_MISPLACED, "tags": "`tags` in `info`"},
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
                            "ignore": Rows(STRICT_TEXT, "- dist"),
                            "presets": Keys(
                                {"request": texts("type", "url"), "defaultEnvironment": STRICT_TEXT}
                            ),
                            "scripts": Keys(
                                {
                                    "additionalContextRoots": Rows(STRICT_TEXT, "- ../shared"),
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
                        "type": TYPE,
                        "disabled": FLAG,
                        "description": MARKDOWN,
                        "transient": FLAG,
                    },
                    ENTRY_MISTAKES,
                    needs="name",
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
                            ENTRY_MISTAKES,
                            needs="name",
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
    keys: set[str] = set()
    pending: list[Spec | None] = [*FILES.values(), *ITEMS.values()]
    while pending:
        spec = pending.pop()
        if isinstance(spec, Keys):
            keys.update(spec.keys)
            pending += spec.keys.values()
        elif isinstance(spec, Typed):
            keys.add(spec.by)
            pending += spec.types.values()
        elif isinstance(spec, Rows):
            pending.append(spec.item)
        elif isinstance(spec, Either):
            pending += [spec.scalar, spec.mapping, spec.sequence]
    return frozenset(keys)
