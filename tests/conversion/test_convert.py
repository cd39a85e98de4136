"""Collections in the other format and back: the same requests and outcomes, and what is lost is said."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bruscript
from bruscript.cli import main
from bruscript.conversion import Converted, convert
from bruscript.conversion.file import bru_file, yml_file
from bruscript.conversion.losses import normal
from bruscript.errors import BruscriptError, CollectionError
from bruscript.lang import BruSyntaxError, parse
from bruscript.lang.bru.document import BruDocument

FIXTURES = Path(__file__).parents[2] / "fixtures"
COLLECTIONS = sorted(
    path.parent.relative_to(FIXTURES).as_posix()
    for path in FIXTURES.rglob("bruno.json")
    if "node_modules" not in path.parts
)
RUN = [name for name in COLLECTIONS if name not in ("oauth2/grants", "oauth2/life", "failures")]
"""Those that need no server of their own."""


ENDING = re.compile(r"""(runRequest\(['"][^'"]*)\.bru""")
"""What scripts say of a request's file, and need not."""


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in {"bruno.json": '{"version": "1", "name": "c", "type": "collection"}', **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return root


def request(*blocks: str, head: str = "body: none\n  auth: none") -> str:
    meta = "meta {\n  name: A\n  type: http\n  seq: 1\n}\n\n"
    return meta + f"get {{\n  url: http://h/a\n  {head}\n}}\n" + "".join(f"\n{block}\n" for block in blocks)


def losses(result: Converted, root: Path) -> list[str]:
    return [
        f"{path.relative_to(root).as_posix()}:{loss.line or ''} {loss.message}"
        for path, found in result.losses.items()
        for loss in found
    ]


def there_and_back(root: Path, tmp_path: Path) -> tuple[Converted, Converted, Path, Path]:
    yml, bru = tmp_path / "yml", tmp_path / "bru"
    return convert(root, "yml", yml), convert(yml, "bru", bru), yml, bru


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_file_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    root = FIXTURES / name
    there, back, _, bru = there_and_back(root, tmp_path)
    assert there.failed == back.failed == {}
    assert back.losses == {}
    assert all("`meta.type`" in loss for loss in losses(there, root))
    files = [path.relative_to(root) for path in root.rglob("*.bru") if path.is_file()]
    assert files
    for file in files:
        kind: Any = {"folder.bru": "folder", "collection.bru": "collection"}.get(file.name, "request")
        kind = "environment" if file.parent.name == "environments" else kind
        texts = ENDING.sub(r"\1", (root / file).read_text()), (bru / file).read_text()
        before, after = (normal(parse(text, kind).to_json()) for text in texts)
        for json_ in (before, after):
            # A body of GraphQL makes its request one; in collection.bru nobody reads `meta`.
            json_.get("meta", {}).pop("type", None)
            json_.pop("meta" if kind == "collection" else "", None)
        assert after == before, file


async def echo(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise NotImplementedError
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]]
    seen = {
        "method": scope["method"],
        "path": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
        "headers": headers,
        "body": body.decode("latin-1"),
    }
    REQUESTS.append(re.sub(r"-{10,}\w+|(?<=nonce=\")[^\"]*|\d{10,}", "#", json.dumps(seen)))
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
    )
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


REQUESTS: list[str] = []
CHANGING = re.compile(r"wsse|oauth1|digest|edgegrid|awsv4")
"""Auth modes whose headers have a time and a nonce in them."""


def outcome(root: Path) -> tuple[list[str], list[Any]]:
    REQUESTS.clear()
    env = "local" if (root / "environments").is_dir() else None
    result = bruscript.run(root, app=echo, env=env, persist=False, sandbox="developer")
    checks = [
        (each.name, each.status, [check["status"] for check in each.checks])
        for each in result.results
        if not CHANGING.search(each.path)
    ]
    return [seen for seen in REQUESTS if not re.search(r"x-wsse|oauth_|EG1-HMAC|AWS4", seen)], checks


@pytest.mark.parametrize("name", RUN)
def test_what_is_sent_and_what_comes_of_it_is_the_same(name: str, tmp_path: Path) -> None:
    there_and_back(FIXTURES / name, tmp_path)
    sent, checks = outcome(FIXTURES / name)
    assert sent
    for format_ in ("yml", "bru"):
        # One of the requests sends this file.
        shutil.copy(FIXTURES / name / "bruno.json", tmp_path / format_)
        assert outcome(tmp_path / format_) == (sent, checks), format_


ADDED = """auth:oauth2 {
  grant_type: client_credentials
  access_token_url: http://h/token
  client_id: x
}

auth:oauth2:additional_params:access_token_req:body {
  resource: a
  ~audience: b
}"""


def test_what_the_references_own_conversion_changes_stays(tmp_path: Path) -> None:
    """A URL that is not encoded, and a disabled parameter."""
    root = write(
        tmp_path / "c",
        {
            "a.bru": request(ADDED, head="body: none\n  auth: oauth2"),
            "b.bru": request("settings {\n  encodeUrl: false\n  timeout: 0\n}"),
        },
    )
    there, back, yml, bru = there_and_back(root, tmp_path)
    assert there.losses == back.losses == {}
    assert "settings" not in (yml / "a.yml").read_text().replace("    settings:", "")
    assert "disabled: true" in (yml / "a.yml").read_text()
    assert "encodeUrl: false" in (yml / "b.yml").read_text()
    assert "  ~audience: b" in (bru / "a.bru").read_text()
    assert "settings" not in (bru / "a.bru").read_text()


def test_settings_of_ours_go_along(tmp_path: Path) -> None:
    root = write(
        tmp_path / "c",
        {"a.bru": request("settings {\n  encodeUrl: true\n  timeout: inherit\n  retries: 2\n}")},
    )
    there, back, yml, bru = there_and_back(root, tmp_path)
    assert there.losses == back.losses == {}
    assert "  timeout: inherit\n  retries: 2\n" in (yml / "a.yml").read_text()
    assert "  retries: 2\n" in (bru / "a.bru").read_text()


def test_disabled_entries_keep_their_place(tmp_path: Path) -> None:
    block = "headers {\n  a: 1\n  ~b: 2\n  c: 3\n}"
    variables = "vars:pre-request {\n  ~x: 1\n  @number\n  y: 2\n}"
    root = write(tmp_path / "c", {"a.bru": request(block, variables)})
    there, back, _, bru = there_and_back(root, tmp_path)
    assert there.losses == back.losses == {}
    assert f"\n{block}\n" in (bru / "a.bru").read_text()
    assert f"\n{variables}\n" in (bru / "a.bru").read_text()


def test_what_cannot_be_kept_is_said_with_its_line(tmp_path: Path) -> None:
    root = write(
        tmp_path / "c",
        {
            "a.bru": request(
                "body:json {\n  {}\n}",
                "body:text {\n  other\n}",
                "auth:basic {\n  username: a\n  password: b\n}",
                "vars:pre-request {\n  @local: 1\n}",
                head="body: json\n  auth: none",
            ),
            "bruno.json": '{"version": "1", "name": "c", "scripts": {"filesystemAccess": {"allow": true}}}',
            "collection.bru": "auth {\n  mode: oauth2\n}\n\n"
            "auth:oauth2 {\n  grant_type: client_credentials\n  dpop: true\n}\n",
        },
    )
    assert losses(convert(root, "yml", tmp_path / "yml"), root) == [
        "collection.bru:7 `dpop` of `auth:oauth2` has no place in YAML: set it in bruscript.toml",
        "collection.bru: `scripts` cannot be kept as it is in YAML (bruno.json)",
        "a.bru:18 `body:text` is left out: YAML holds only the body that is sent",
        "a.bru:22 `auth:basic` is left out: YAML holds only the auth that is used",
        "a.bru:27 `vars.req[1].local` cannot be kept as it is in YAML",
    ]


YML = """# Who owns it: the shop team.
info:
  name: A
  type: http
  seq: 2
  description: about it
  owner: shop
http:
  method: GET
  url: http://h/a # the old one
  params:
    - name: id
      value: "1"
      type: path
      disabled: true
"""


def test_what_bru_files_cannot_hold(tmp_path: Path) -> None:
    root = tmp_path / "c"
    root.mkdir()
    (root / "opencollection.yml").write_text("opencollection: 1.0.0\ninfo:\n  name: c\n")
    (root / "a.yml").write_text(YML)
    (root / "job.yml").write_text("type: script\nscript: |\n  1\n")
    (root / "compose.yml").write_text("services:\n  db: {}\n")
    result = convert(root, "bru", tmp_path / "bru")
    assert losses(result, root) == [
        "a.yml:1 this comment and 1 more cannot be kept in .bru files",
        "a.yml:7 `owner` is not a key of `info`: left out",
        "a.yml:9 `description` cannot be kept as it is in .bru files",
        "a.yml:12 `params[1].enabled` cannot be kept as it is in .bru files",
        "job.yml: a script is no request, and has no form in .bru files: it stays as it is",
    ]
    assert (tmp_path / "bru/compose.yml").read_text() == (root / "compose.yml").read_text()
    assert (tmp_path / "bru/job.yml").exists()
    assert not (tmp_path / "bru/a.yml").exists()


def test_scripts_name_requests_without_the_ending_of_their_files(tmp_path: Path) -> None:
    code = 'const r = await bru.runRequest("b.bru");\n  const other = "x.bru";'
    root = write(
        tmp_path / "c",
        {
            "a.bru": request(f"script:pre-request {{\n  {code}\n}}"),
            "b.bru": request(),
            "lib.js": "module.exports = (bru) => bru.runRequest('sub/b.bru');\n",
        },
    )
    there, back, yml, _ = there_and_back(root, tmp_path)
    assert there.losses == back.losses == {}
    assert 'runRequest("b");' in (yml / "a.yml").read_text()
    assert '"x.bru"' in (yml / "a.yml").read_text()
    assert (yml / "lib.js").read_text() == "module.exports = (bru) => bru.runRequest('sub/b');\n"
    result = bruscript.run(yml / "a.yml", app=echo)
    assert [each.name for each in result.results[0].nested] == ["A"]


def test_other_files_are_copied(tmp_path: Path) -> None:
    root = write(
        tmp_path / "c",
        {
            "a.bru": request(),
            ".env": "A=1\n",
            "data/rows.csv": "a\n1\n",
            ".git/config": "x",
            "node_modules/m/index.js": "x",
            "old/b.bru": request(),
            "bruno.json": '{"version": "1", "name": "c", "ignore": ["old"]}',
        },
    )
    (root / "link.csv").symlink_to("data/rows.csv")
    result = convert(root, "yml", tmp_path / "yml")
    found = {
        path.relative_to(tmp_path / "yml").as_posix()
        for path in (tmp_path / "yml").rglob("*")
        if not path.is_dir()
    }
    assert found == {"opencollection.yml", "a.yml", ".env", "data/rows.csv", "old/b.bru", "link.csv"}
    assert (tmp_path / "yml/link.csv").is_symlink()
    assert (result.written, result.copied) == (2, 4)


def test_a_file_that_cannot_be_converted_is_named_and_the_others_are(tmp_path: Path) -> None:
    root = write(
        tmp_path / "c",
        {"a.bru": request(), "bad.bru": "get {\n  url: x\n", "taken.bru": request(), "taken.yml": "x: 1\n"},
    )
    (root / "latin.bru").write_bytes(b"meta {\n  name: \xe9\n}\n")
    result = convert(root, "yml", tmp_path / "yml")
    assert (tmp_path / "yml/a.yml").exists()
    assert {path.name: message.splitlines()[0] for path, message in result.failed.items()} == {
        "bad.bru": f"{root}/bad.bru:3:1: found the end of the file, expected `}}` to close `get`, "
        "opened on line 1",
        "latin.bru": f"{root}/latin.bru: byte 16 is not UTF-8",
        "taken.bru": f"{root}/taken.bru: taken.yml stands beside it already",
    }
    assert (tmp_path / "yml/taken.yml").read_text() == "x: 1\n"


@pytest.mark.parametrize("old", [True, False])
def test_settings_of_the_collection(tmp_path: Path, old: bool) -> None:
    nested = {
        "inherit": False,
        "config": {
            "protocol": "http",
            "hostname": "p",
            "port": "1",
            "auth": {"username": "u", "password": "w"},
            "bypassProxy": "x",
        },
    }
    flat = {
        "enabled": True,
        "protocol": "http",
        "hostname": "p",
        "port": "1",
        "auth": {"enabled": True, "username": "u", "password": "w"},
        "bypassProxy": "x",
    }
    config = {
        "version": "1",
        "name": "c",
        "type": "collection",
        "collectionVersion": "2.1",
        "ignore": ["dist"],
        "proxy": flat if old else nested,
        "scripts": {"flow": "sequential", "additionalContextRoots": ["../lib"]},
        "presets": {"requestType": "http", "requestUrl": "http://h"},
        "clientCertificates": {
            "certs": [
                {
                    "domain": "a",
                    "type": "cert",
                    "certFilePath": "c.pem",
                    "keyFilePath": "k.pem",
                    "passphrase": "",
                }
            ]
        },
    }
    root = write(tmp_path / "c", {"bruno.json": json.dumps(config)})
    there, back, _, bru = there_and_back(root, tmp_path)
    assert there.losses == back.losses == {}
    assert json.loads((bru / "bruno.json").read_text()) == {**config, "proxy": nested}


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    root = write(tmp_path / "c", {"a.bru": request()})
    with pytest.raises(CollectionError, match="is not the directory of a collection"):
        convert(tmp_path, "yml", tmp_path / "out")
    with pytest.raises(CollectionError, match=r"is a collection of \.bru files already"):
        convert(root, "bru", tmp_path / "out")
    for target in (root, root / "out", tmp_path):
        with pytest.raises(BruscriptError, match="one inside the other"):
            convert(root, "yml", target)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").write_text("")
    with pytest.raises(BruscriptError, match="full is not empty"):
        convert(root, "yml", tmp_path / "full")
    broken = write(tmp_path / "broken", {"collection.bru": "headers {"})
    with pytest.raises(CollectionError, match=r"collection\.bru:1"):
        convert(broken, "yml", tmp_path / "other")


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


@settings(max_examples=80, deadline=None)
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


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "c", {"a.bru": request("body:text {\n  other\n}"), "bad.bru": "get {\n  url: x\n"})
    assert main(["convert", "c/a.bru", "--to", "yml", "-o", "out"]) == 1
    out, err = capsys.readouterr()
    assert out == "c/a.bru:14: `body:text` is left out: YAML holds only the body that is sent\n"
    assert "bad.bru:3:1: found the end of the file" in err
    assert err.endswith("Wrote 2 files to out; 1 thing could not be kept; 1 file could not be converted\n")
    assert main(["convert", "out", "--to", "bru", "-o", "back"]) == 0
    assert capsys.readouterr() == ("", "Wrote 2 files to back\n")
    assert main(["convert", "c", "--to", "yml", "-o", "out"]) == 255
    assert "out is not empty" in capsys.readouterr().err
