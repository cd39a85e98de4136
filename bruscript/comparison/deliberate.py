"""Which differences are on purpose: rules, each with its row of docs/differences.md.

A rule looks for evidence, in what was sent and in the request's file, that it is what made the difference.
What no rule recognises counts, even if the page explains it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from bruscript.collection.ignored import Ignored
from bruscript.collection.tree import Collection
from bruscript.comparison.case import Case
from bruscript.comparison.masked_names import NAME
from bruscript.comparison.reports import Difference
from bruscript.comparison.wire import NOT_SENT
from bruscript.records import record

PAGE = "docs/differences.md"
_FOLDERS = ("folder.bru", "folder.yml")
_OUTCOME = ("outcome", "response status")
_BODY_MODES_TEXT = "none json text xml sparql graphql file formUrlEncoded form-url-encoded multipartForm"
_BODY_MODES = frozenset(_BODY_MODES_TEXT.split())


@record(frozen=True)
class Rule:
    """A deliberate difference. `row` is how its row of the page begins, below the heading `section`."""

    section: str
    row: str
    applies: Callable[[Case], bool]

    def __str__(self) -> str:
        return f"{PAGE}, {self.section}: {self.row}"


@record(frozen=True)
class Judged:
    """A difference with the rule that it falls under, if any.

    `follows` is set where the rule explains what was sent, and this is the outcome of the same request.
    """

    difference: Difference
    rule: Rule | None = None
    follows: bool = False


def judge(differences: Iterable[Difference], collection: Collection, report: Any = ()) -> list[Judged]:
    """Find each difference's rule; `report` is the reference's.

    Where everything that a request sent otherwise is on purpose, so is the other outcome that it led to.
    """
    judged, files = [], []
    for difference in differences:
        case = Case(difference, collection, report)
        rule = next((rule for rule in RULES if rule.applies(case)), None)
        judged.append(Judged(difference, rule))
        files.append((case.file, case.sent is not None or case.one_sided is not None))
    causes: dict[str, list[Rule | None]] = {}
    for item, (file, on_wire) in zip(judged, files, strict=True):
        if on_wire and file:
            causes.setdefault(file, []).append(item.rule)
    for number, (file, on_wire) in enumerate(files):
        rules = causes.get(file) if not on_wire else None
        if rules and all(rules) and judged[number].rule is None:
            judged[number] = replace(judged[number], rule=rules[0], follows=True)
    return judged


def _folder_without_auth(case: Case) -> bool:
    auth = case.auth
    leaves_out = auth.mode == "none" and auth.source is not None and auth.source.name in _FOLDERS
    if case.one_sided:
        return leaves_out and case.right == NOT_SENT
    return leaves_out and (
        (case.what.startswith("header ") and case.right == NOT_SENT)
        or (case.what == "URL" and case.left.startswith(case.right.rstrip("?") + "?"))
    )


def _masked_name(case: Case) -> bool:
    return case.what.startswith(NAME)


def _oauth2_template(case: Case) -> bool:
    return case.sent is not None and "{{$oauth2." in case.left and "{{$oauth2." not in case.right


def _encode_url(case: Case) -> bool:
    return (
        case.what == "URL" and bool(case.setting("encodeUrl")) and _decoded(case.left) == _decoded(case.right)
    )


def _path_parameter(case: Case) -> bool:
    if case.what != "URL" or case.request is None:
        return False
    params = case.request.data.get("params") or ()
    names = [re.escape(str(param.get("name"))) for param in params if param.get("type") == "path"]
    pieces = re.split(rf":(?:{'|'.join(names)})(?!\w)", _decoded(case.left)) if names else []
    filled_in = ".+".join(map(re.escape, pieces))
    return len(pieces) > 1 and re.fullmatch(filled_in, _decoded(case.right)) is not None


def _aws_headers(case: Case) -> bool:
    sides = [
        re.match(r"AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=(\S+),", side)
        for side in (case.left, case.right)
    ]
    left, right = sides
    if case.what != "header authorization" or not left or not right:
        return False
    # The day may change between both runs.
    return left[1].split("/")[::2] == right[1].split("/")[::2] and left[2] != right[2]


def _multipart_boundary(case: Case) -> bool:
    if case.what != "body" or case.sent is None:
        return False
    theirs = case.sent[0].arrival
    boundary = re.search(r'boundary="?([^";\s]+)', "".join(theirs.values("content-type")))
    return boundary is not None and boundary[1].encode() not in theirs.body


def _multipart_names(case: Case) -> bool:
    if case.what != "body" or case.sent is None:
        return False
    sides = [side.arrival.body.split(b"\r\n") for side in case.sent]
    changed = [(a, b) for a, b in zip(*sides, strict=False) if a != b and not b.startswith(b"--")]
    return bool(changed) and all(
        a.lower().startswith(b"content-disposition:") and b"%22" in b and b"%22" not in a for a, b in changed
    )


def _query_key(case: Case) -> bool:
    mode, config = case.auth.mode, case.auth.config
    if case.what != "URL" or mode != "apikey" or config.get("placement") != "queryparams":
        return False
    return bool(re.fullmatch(re.escape(case.left) + r"[?&][^&]+", case.right))


def _repeated_header(case: Case) -> bool:
    if case.sent is None or not case.what.startswith("header "):
        return False
    left, right = (side.arrival.values(case.what.removeprefix("header ")) for side in case.sent)
    return len(left) == 1 and len(right) > 1 and left[0] == right[-1]


def _redirected_credentials(case: Case) -> bool:
    if (
        case.sent is None
        or case.right != NOT_SENT
        or case.what not in ("header authorization", "header cookie")
    ):
        return False
    origin = case.sent[1].redirected_from
    arrival = case.sent[1].arrival
    return origin is not None and (origin.scheme, origin.authority) != (arrival.scheme, arrival.authority)


def _browser_grant(case: Case) -> bool:
    mode, config = case.auth.mode, case.auth.config
    if mode != "oauth2" or config.get("grantType") not in ("authorization_code", "implicit"):
        return False
    if case.sent or case.one_sided:
        return case.what in ("sent", "header authorization")
    return case.results[1].get("status") == "error" or case.left == "missing"


def _token_failure(case: Case) -> bool:
    if case.auth.mode != "oauth2" or "OAuth" not in str(case.results[1].get("error") or ""):
        return False
    headers = (case.results[0].get("request") or {}).get("headers") or {}
    return not any(name.lower() == "authorization" for name in headers)


def _big_numbers(case: Case) -> bool:
    if case.sent is None:
        return False
    if case.what != "body":
        return _rounded(case.right) == _rounded(case.left) != case.right
    left, right = (side.arrival.body.decode("utf-8", "replace") for side in case.sent)
    return _rounded(right) == _rounded(left) and right != _rounded(right)


def _body_mode_name(case: Case) -> bool:
    request = case.request
    if request is None or str((request.data.get(request.kind) or {}).get("body") or "none") in _BODY_MODES:
        return False
    return case.what in ("body", "header content-type", "header content-length", "sent", *_OUTCOME)


def _script_body(case: Case) -> bool:
    if case.sent is None or "setBody" not in _scripts(case):
        return False
    if case.what == "body":
        return "{{" in case.left and len(re.findall(r"\{\{", case.right)) < len(
            re.findall(r"\{\{", case.left)
        )
    return case.what == "header content-type" and case.right.startswith("application/json")


def _form_template(case: Case) -> bool:
    if case.sent is None or case.what != "body":
        return False
    types = "".join(case.sent[0].arrival.values("content-type"))
    return "urlencoded" in types and "{{" in unquote(case.left) and "{{" not in unquote(case.right)


def _es_module(case: Case) -> bool:
    if not re.search("Cannot use import statement outside|Unexpected token 'export'", case.reference_errors):
        return False
    return (case.what == "sent" and case.left == NOT_SENT) or not (case.sent or case.one_sided)


def _tags_on_a_line(case: Case) -> bool:
    return _presence(case) and re.search(r"(?m)^  tags: *[^\s\[]|^  tags: *\[.*\]", case.text) is not None


def _ignored_file(case: Case) -> bool:
    return _presence(case) and bool(case.file) and Ignored(case.collection.config).covers(case.file)


def _other_protocol(case: Case) -> bool:
    return case.request is not None and case.request.kind in ("grpc", "ws")


def _prompt(case: Case) -> bool:
    return "{{?" in case.text and (_presence(case) or case.what in _OUTCOME)


def _digest(case: Case) -> bool:
    request = case.one_sided or (case.sent[1] if case.sent else None)
    if case.auth.mode != "digest" or request is None:
        return False
    answer = ", ".join(request.arrival.values("authorization"))
    return re.search(r'algorithm="?(?!MD5[",])|qop="?auth-int|-sess\b|userhash', answer) is not None


def _get_header(case: Case) -> bool:
    if not _only_here(case) or case.request is None:
        return False
    names = {str(header.get("name")) for header in case.request.data.get("headers") or []}
    names_read = set(re.findall(r"""getHeader\(\s*['"]([^'"]+)['"]""", _scripts(case)))
    return any(name not in names and name.lower() in map(str.lower, names) for name in names_read)


def _get_body(case: Case) -> bool:
    body = str(((case.request.data if case.request else {}).get("body") or {}).get("json") or "")
    return _only_here(case) and "getBody(" in _scripts(case) and bool(re.search(r"[:\[,]\s*\{\{", body))


def _only_here(case: Case) -> bool:
    """Return whether a test or an assertion passes here alone."""
    return re.match(r".*?\b(test|assertion) ", case.what) is not None and (case.left, case.right) == (
        "fail",
        "pass",
    )


def _broken_file(case: Case) -> bool:
    return _presence(case) and any(
        (item.path.resolve().relative_to(case.collection.path.resolve()).as_posix() == case.file)
        for item in case.collection.skipped
    )


def _presence(case: Case) -> bool:
    return case.what in ("request", "sent", "order of the requests")


def _scripts(case: Case) -> str:
    return " ".join(_texts(case.request.data.get("script"))) if case.request else ""


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)


def _decoded(url: str) -> str:
    for _ in range(3):
        url = unquote(url.replace("+", " "))
    return url


def _rounded(text: str) -> str:
    """Return the text with its whole numbers as JavaScript has them."""
    return re.sub(
        r"\d{16,}", lambda match: f"{float(match[0]):.0f}" if len(match[0]) < 22 else match[0], text
    )


_SCRIPTS = "Scripting API"
_SENT = "Collections and variables"
RULES = (
    Rule(_SENT, "A folder's `auth: none` ends inheritance", _folder_without_auth),
    Rule(_SENT, "With `encodeUrl`, what is encoded already stays", _encode_url),
    Rule(_SENT, "`:id.json`, `:id:verb` and `:größe` in a path are filled in", _path_parameter),
    Rule(_SENT, "`multipart-form` and `form-urlencoded`, the names of the blocks", _body_mode_name),
    Rule(_SENT, "Templates in a body that a script set are resolved", _script_body),
    Rule(_SENT, "Whole numbers beyond 2^53 keep their digits", _big_numbers),
    Rule(_SENT, "Templates in a text body under `application/x-www-form-urlencoded`", _form_template),
    Rule(_SENT, "`tags: smoke`, `tags: a, b` and `tags: [a, b]` are lists of tags", _tags_on_a_line),
    Rule(_SENT, "`ignore` in `bruno.json` is respected", _ignored_file),
    Rule(_SCRIPTS, "`req.getHeader()` and `req.deleteHeader()` ignore the case of names", _get_header),
    Rule(_SCRIPTS, "`req.getBody()` of JSON with templates outside of its strings", _get_body),
    Rule("Modules and permissions", "ES modules (`.mjs`, `import` and `export`) can be required", _es_module),
    Rule("HTTP", "A header that a file has several times", _repeated_header),
    Rule("HTTP", "Quotes and line breaks in the names of multipart fields are escaped", _multipart_boundary),
    Rule("HTTP", "Quotes and line breaks in the names of multipart fields are escaped", _multipart_names),
    Rule(
        "HTTP", "Cookies and signatures stay behind on a redirect to another origin", _redirected_credentials
    ),
    Rule("HTTP", "An API key for the query works with templates in the URL", _query_key),
    Rule("HTTP", "AWS signatures cover `host`, `content-type` and `x-amz-*`", _aws_headers),
    Rule("HTTP", "Digest: SHA-256, SHA-512-256", _digest),
    Rule("Command and reports", "gRPC and WebSocket requests are skipped", _other_protocol),
    Rule("Command and reports", "A prompt is answered by `--prompt NAME=VALUE`", _prompt),
    Rule("Command and reports", "A request file that does not parse is reported and skipped", _broken_file),
    Rule("OAuth 2.0", "The grants authorization code (with PKCE) and implicit", _browser_grant),
    Rule("OAuth 2.0", "`{{$oauth2.<id>.<field>}}` resolves in the request", _oauth2_template),
    Rule("OAuth 2.0", "Variables of `.env` are masked if they are named like a secret", _masked_name),
    Rule("OAuth 2.0", "If a token cannot be obtained, the request that needs it fails", _token_failure),
)
"""In the order in which they are tried."""
