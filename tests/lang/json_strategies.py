"""Hypothesis strategies for the JSON that .bru files are printed from."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from lang.bru_strategies import PLAIN

NAMES = st.sampled_from(["a", "b c", "d:e", 'f"g', "{h}", "é", "$guid", "x-y", "10", ""])
TEXT = st.one_of(
    PLAIN, st.sampled_from(["", "line one\nline two", "a\r\nb", "{{x}}", "it's", '"q"', "'''", " padded "])
)
SCALARS = st.one_of(
    TEXT, st.integers(-5, 10**6), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()
)
NOTES = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["description", "number", "other"])},
        optional={
            "value": st.one_of(TEXT, st.sampled_from(["a'b", 'say "x"', "a\\b", "\\'''", "a\n'''\nb\\'"]))
        },
    ),
    max_size=2,
)


def items(
    value: st.SearchStrategy[Any] = TEXT, **more: st.SearchStrategy[Any]
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Give lists of entries with a name, a value and whether they are enabled."""
    return st.lists(
        st.fixed_dictionaries(
            {"name": NAMES, "value": value, "enabled": st.booleans(), **more},
            optional={"annotations": NOTES, "description": st.one_of(TEXT, st.none())},
        ),
        max_size=3,
    )


VARIABLES = items(
    SCALARS | st.just({"k": [1, {"a": None}]}),
    local=st.booleans(),
    dataType=st.sampled_from(["string", "number", "boolean", "object"]),
)
_CONFIG = st.dictionaries(
    st.sampled_from(
        [
            "username",
            "password",
            "domain",
            "token",
            "key",
            "value",
            "placement",
            "accessKeyId",
            "region",
            "consumerKey",
            "privateKey",
            "privateKeyType",
            "includeBodyHash",
            "accessToken",
            "maxBodySize",
            "nonce",
            "timestamp",
        ]
    ),
    st.one_of(TEXT, st.booleans(), st.integers(0, 9), st.none()),
    max_size=6,
)
_OAUTH2 = st.fixed_dictionaries(
    {
        "grantType": st.sampled_from(
            ["authorization_code", "client_credentials", "password", "implicit", "other"]
        )
    },
    optional={
        **dict.fromkeys(
            ("accessTokenUrl", "refreshTokenUrl", "callbackUrl", "clientId", "scope", "state"), TEXT
        ),
        **dict.fromkeys(("credentialsId", "tokenSource", "tokenHeaderPrefix", "tokenQueryKey"), TEXT),
        "tokenPlacement": st.sampled_from(["header", "url", ""]),
        "pkce": st.booleans(),
        "autoFetchToken": st.one_of(st.booleans(), st.none()),
        "autoRefreshToken": st.booleans(),
        "additionalParameters": st.dictionaries(
            st.sampled_from(["authorization", "token", "refresh"]),
            items(sendIn=st.sampled_from(["headers", "queryparams", "body"])),
        ),
    },
)
AUTH = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from(["none", "basic", "inherit"]),
        "oauth2": _OAUTH2,
        **dict.fromkeys(("awsv4", "basic", "wsse", "bearer", "digest", "ntlm", "apikey", "oauth1"), _CONFIG),
        "akamaiEdgegrid": _CONFIG,
    },
)
_META = st.dictionaries(st.sampled_from(["name", "type", "seq", "10", "2"]), SCALARS, max_size=4)
_PARAMS = items(type=st.sampled_from(["query", "path"]))
_MULTIPART = st.one_of(
    items(type=st.just("text"), contentType=st.sampled_from(["", "text/plain"])),
    items(st.lists(st.sampled_from(["a.txt", "b c.txt", ""]), max_size=2), type=st.just("file")),
)
_FILE = st.lists(
    st.fixed_dictionaries(
        {"filePath": TEXT, "selected": st.booleans()}, optional={"contentType": TEXT, "annotations": NOTES}
    ),
    max_size=2,
)
_MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"name": TEXT, "content": st.one_of(TEXT, st.just({"a": [1]}), st.none())},
        optional={"type": TEXT, "selected": st.booleans()},
    ),
    max_size=2,
)
_BODY = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("json", "text", "xml", "sparql"), TEXT),
        "graphql": st.fixed_dictionaries({}, optional={"query": TEXT, "variables": TEXT}),
        "formUrlEncoded": items(),
        "multipartForm": _MULTIPART,
        "file": _FILE,
        "grpc": _MESSAGES,
        "ws": _MESSAGES,
        "mode": st.sampled_from(["json", "none"]),
    },
)
_EXAMPLE = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "description": TEXT,
        "request": st.fixed_dictionaries(
            {"url": TEXT, "method": TEXT}, optional={"params": _PARAMS, "headers": items(), "body": _BODY}
        ),
        "response": st.fixed_dictionaries(
            {},
            optional={
                "headers": items(),
                "status": SCALARS,
                "statusText": TEXT,
                "body": st.fixed_dictionaries(
                    {}, optional={"type": TEXT, "content": st.one_of(TEXT, st.just([1]))}
                ),
            },
        ),
    },
)
_SCRIPT = st.fixed_dictionaries({}, optional={"req": TEXT, "res": TEXT})
_VARS_DATA = st.fixed_dictionaries({}, optional={"req": VARIABLES, "res": VARIABLES})
DATA: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "request": st.fixed_dictionaries(
        {},
        optional={
            "meta": _META | st.just({"name": "a", "tags": ["x", "y"]}),
            "http": st.fixed_dictionaries(
                {"method": st.sampled_from(["get", "purge", "POST"]), "url": TEXT},
                optional={"body": TEXT, "auth": TEXT},
            ),
            "grpc": st.dictionaries(
                st.sampled_from(["url", "method", "protoPath", "auth", "methodType"]), TEXT
            ),
            "ws": st.dictionaries(st.sampled_from(["url", "body", "auth"]), TEXT),
            "params": _PARAMS,
            "headers": items(),
            "metadata": items(),
            "auth": AUTH,
            "body": _BODY,
            "script": _SCRIPT,
            "tests": TEXT,
            "vars": _VARS_DATA,
            "assertions": items(),
            "settings": st.dictionaries(st.sampled_from(["encodeUrl", "timeout", "3"]), SCALARS),
            "app": st.fixed_dictionaries({}, optional={"code": TEXT, "enabled": st.booleans()}),
            "docs": TEXT,
            "examples": st.lists(_EXAMPLE, max_size=2),
        },
    ),
    "collection": st.fixed_dictionaries(
        {},
        optional={
            "meta": _META,
            "query": items(),
            "headers": items(),
            "auth": AUTH,
            "script": _SCRIPT,
            "tests": TEXT,
            "vars": _VARS_DATA,
            "docs": TEXT,
        },
    ),
    "environment": st.fixed_dictionaries(
        {
            "variables": items(
                SCALARS, secret=st.booleans(), dataType=st.sampled_from(["string", "number", "boolean"])
            )
        },
        optional={
            "color": TEXT,
            "externalSecrets": st.fixed_dictionaries(
                {
                    "type": st.sampled_from(["azure-key-vault", "hashicorp-vault-cloud", "unknown"]),
                    "variables": items(path=TEXT, vaultName=TEXT),
                }
            ),
        },
    ),
}
"""For each kind, JSON for the printer."""
