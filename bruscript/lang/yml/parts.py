"""The shapes that several places of OpenCollection's files share: entries, bodies, auth, scripts."""

from __future__ import annotations

from typing import Final

from bruscript.lang.auth_modes import EDGEGRID_TEXTS, TEXTS
from bruscript.lang.choices import OAUTH1_METHODS
from bruscript.lang.oauth2 import SERVER_PARAMETERS
from bruscript.lang.values import DATA_TYPES
from bruscript.lang.yml import auth as modes
from bruscript.lang.yml.shapes import MODES
from bruscript.lang.yml.spec import Either, Keys, Leaf, Rows, Spec, Typed

TEXT: Final = Leaf()
ANY: Final = Leaf("any")
FLAG: Final = Leaf("flag")
NUMBER: Final = Leaf("number")
SWITCH: Final = Leaf("switch")
MARKDOWN: Final = Either(TEXT, Keys({"content": TEXT, "type": TEXT}))
TYPE: Final = Leaf(words=(*DATA_TYPES, "null"), lenient=True, warns=True)
"""The type of a variable; the value of another one is a text."""
VALUE: Final = Either(
    TEXT,
    Keys(
        {"type": TYPE, "data": TEXT},
        required=("type", "data"),
        hint="Write an object as JSON: {type: object, data: '…'}.",
    ),
)

ENTRY_MISTAKES: Final = {
    "key": "`name`",
    "enabled": "`disabled: true` for an entry that is not used",
    "active": "`disabled: true` for an entry that is not used",
}


def entry(**more: Spec) -> Keys:
    """Return the shape of an entry with name and value."""
    common: dict[str, Spec] = {"name": TEXT, "value": TEXT}
    return Keys({**common, **more, "description": MARKDOWN, "disabled": FLAG}, ENTRY_MISTAKES, needs="name")


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


def texts(*names: str) -> Keys:
    """Return the shape of a mapping whose values are texts."""
    return Keys(dict.fromkeys(names, TEXT))


_CREDENTIALS: Final = Keys(
    {
        "clientId": TEXT,
        "clientSecret": TEXT,
        # Lenient, since Bruno's import of OpenAPI writes `header`.
        "placement": Leaf(words=("basic_auth_header", "body"), lenient=True),
    }
)
_PARAMETERS: Final = Rows(
    Keys(
        {"name": TEXT, "placement": Leaf(words=tuple(modes.PLACEMENTS)), "value": TEXT, "disabled": FLAG},
        ENTRY_MISTAKES,
        needs="name",
    )
)
_TOKEN: Final = Keys(
    {
        "id": TEXT,
        "placement": Keys({"header": TEXT, "query": TEXT}, choice=True),
        "source": Leaf(words=("access_token", "id_token")),
    }
)
_PKCE_METHOD: Final = Leaf(words=("S256",), lenient=True)
_NO_PKCE: Final = "Write `pkce: {}` to use PKCE, `pkce: {disabled: true}` not to."
_REQUESTS: Final = {"auth_req": "authorizationRequest", "access_token_req": "accessTokenRequest"}
_ADVICE: Final = {
    key: f"Parameters for the server go into `additionalParameters: {_REQUESTS[request]}:`."
    for key, request in SERVER_PARAMETERS.items()
}
_SETTINGS_OAUTH2: Final = Keys({"autoFetchToken": FLAG, "autoRefreshToken": FLAG})


def _flow(name: str) -> Keys:
    order = ("authorizationUrl", "accessTokenUrl", "refreshTokenUrl", "callbackUrl")
    tail: dict[str, Spec] = {"tokenConfig": _TOKEN, "settings": _SETTINGS_OAUTH2}
    names = modes.FLOW_KEYS[name]
    keys: dict[str, Spec] = {key: TEXT for key in order if key in names}
    keys["credentials"] = _CREDENTIALS
    if name == "resource_owner_password_credentials":
        keys["resourceOwner"] = texts("username", "password")
    scopes: dict[str, Spec] = {key: TEXT for key in ("scope", "state") if key in names}
    parameters: dict[str, Spec] = {
        "additionalParameters": Keys(dict.fromkeys(modes.FLOW_STEPS[name], _PARAMETERS))
    }
    if name == "authorization_code":
        pkce = Keys({"disabled": FLAG, "method": _PKCE_METHOD}, empty=_NO_PKCE)
        return Keys({**keys, **parameters, **scopes, "pkce": pkce, **tail}, advice=_ADVICE)
    return Keys({**keys, **scopes, **parameters, **tail}, advice=_ADVICE)


OAUTH2: Final = Typed(
    "flow", {name: _flow(name) for name in modes.FLOWS}, {"password": "resource_owner_password_credentials"}
)
AUTH: Final = Either(
    Leaf(words=("inherit", "none")),
    Typed(
        "type",
        {
            **{mode: texts(*names) for mode, names in TEXTS.items()},
            "apikey": Keys({"key": TEXT, "value": TEXT, "placement": Leaf(words=("header", "query"))}),
            "oauth1": Keys(
                {
                    **dict.fromkeys(modes.OAUTH1_FIELDS, TEXT),
                    "privateKey": Either(TEXT, Keys({"type": Leaf(words=("text", "file")), "value": TEXT})),
                    "signatureMethod": Leaf(words=OAUTH1_METHODS),
                    "placement": Leaf(words=("header", "query", "body")),
                    "includeBodyHash": FLAG,
                }
            ),
            "oauth2": OAUTH2,
            "akamai-edgegrid": Keys({**dict.fromkeys(EDGEGRID_TEXTS, TEXT), "maxBodySize": NUMBER}),
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
            "type": Leaf(words=("set-variable",), lenient=True, warns=True),
            "phase": Leaf(words=("after-response",), lenient=True, warns=True),
            "selector": Keys({"expression": TEXT, "method": TEXT}),
            "variable": Keys({"name": TEXT, "scope": TEXT}, needs="name"),
            "description": MARKDOWN,
            "disabled": FLAG,
        },
        {"enabled": ENTRY_MISTAKES["enabled"]},
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
        {"enabled": ENTRY_MISTAKES["enabled"], "name": "`expression`"},
        needs="expression",
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
        "retries": Leaf("count"),
        "retryDelay": Leaf("amount"),
    }
)
