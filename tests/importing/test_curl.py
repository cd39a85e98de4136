"""Requests from curl commands: what curl sends is what the request sends."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from apps.echoing import Server, echoing
from cli.invoke import Invoke

import bruscript as library
from bruscript.errors import BruscriptError
from bruscript.importing.curl import request_of
from bruscript.importing.curl_words import split_words
from bruscript.importing.layout import request_text

FORM = "application/x-www-form-urlencoded"


class Sent(NamedTuple):
    line: str
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def server() -> Iterator[tuple[str, list[Sent]]]:
    sent: list[Sent] = []

    class Handler(BaseHTTPRequestHandler):
        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {key.lower(): value for key, value in self.headers.items()}
            sent.append(Sent(f"{self.command} {self.path}", headers, body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", sent
    server.shutdown()
    server.server_close()


def request(method: str = "GET", path: str = "/", body: bytes = b"", **headers: str) -> Any:
    return f"{method} {path}", {key.replace("_", "-"): value for key, value in headers.items()}, body


# Seen with curl 8; HOST stands for the server. Where two spellings mean the same, ours is the other one.
COMMANDS = [
    ("curl HOST/a", request(path="/a")),
    ("curl -X DELETE HOST/a", request("DELETE", "/a")),
    ("curl -sSLk -XPUT --compressed --url HOST/z -o /dev/null", request("PUT", "/z")),
    ("curl -I HOST/x", request("HEAD", "/x")),
    (
        "curl -d a=1 -d b=2 'HOST/q?x=%7B%7D&y=%E4'",
        request("POST", "/q?x=%7B%7D&y=%E4", b"a=1&b=2", content_type=FORM),
    ),
    ("curl HOST -d 'a=1&a=2&b='", request("POST", "/", b"a=1&a=2&b=", content_type=FORM)),
    ("curl HOST -d 'a&b=1'", request("POST", "/", b"a&b=1", content_type=FORM)),
    ("""curl HOST --data-raw '{"a": "@x"}'""", request("POST", "/", b'{"a": "@x"}', content_type=FORM)),
    (
        """curl HOST -H 'Content-Type: application/json' --data-raw $'{"a": "it\\'s \\u00e9"}'""",
        request("POST", "/", '{"a": "it\'s é"}'.encode(), content_type="application/json"),
    ),
    (
        "curl HOST --json '[1,' --json '2]'",
        request("POST", "/", b"[1,2]", content_type="application/json", accept="application/json"),
    ),
    (
        "curl HOST --data-urlencode 'a=ä b&' --data-urlencode '=x y' --data-urlencode n@f.txt",
        request("POST", "/", b"a=%C3%A4+b%26&x+y&n=one%0Atwo%0A", content_type=FORM),
    ),
    ("curl -G -d a=1 --data-urlencode 'b=x y' 'HOST?z=1'", request("GET", "/?z=1&a=1&b=x+y")),
    ("curl HOST -d @f.txt", request("POST", "/", b"onetwo", content_type=FORM)),
    ("curl HOST --data-binary @f.txt", request("POST", "/", b"one\ntwo\n", content_type=FORM)),
    (
        "curl HOST --data-binary @f.txt -H 'content-type: text/plain'",
        request("POST", "/", b"one\ntwo\n", content_type="text/plain"),
    ),
    ("curl -T f.txt HOST/up", request("PUT", "/up", b"one\ntwo\n")),
    ("curl -T f.txt HOST/up/?q=1", request("PUT", "/up/f.txt?q=1", b"one\ntwo\n")),
    ("curl -T f.txt HOST", request("PUT", "/f.txt", b"one\ntwo\n")),
    ("curl -u me:p:w HOST", request(authorization="Basic bWU6cDp3")),
    ("curl HOST --oauth2-bearer tok", request(authorization="Bearer tok")),
    (
        "curl -A agent -e 'http://r;auto' -b a=b HOST",
        request(user_agent="agent", referer="http://r", cookie="a=b"),
    ),
    ("curl HOST -H 'X-Empty;' -H 'Accept:' -H 'X: a:b'", request(x_empty="", x="a:b")),
    ("curl -r 0-5 HOST", request(range="bytes=0-5")),
    (
        'curl ^"HOST/a?b=c^%^20d^" ^\n  -H ^"x: y ^& z^" ^\n  --data-raw ^"^{^\\^"a^\\^":^\\^"b^\\^"^}^"',
        request("POST", "/a?b=c%20d", b'{"a":"b"}', x="y & z", content_type=FORM),
    ),
    ("$ curl HOST/a \\\n  -H 'x: y' \\\n | jq .", request(path="/a", x="y")),
]


@pytest.mark.parametrize("format_", ["yml", "bru"])
def test_the_request_sends_what_curl_sends(tmp_path: Path, server: Any, format_: Any) -> None:
    host, sent = server
    (tmp_path / "f.txt").write_text("one\ntwo\n", newline="\n")
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    if format_ == "yml":
        (tmp_path / "opencollection.yml").write_text("opencollection: 1.0.0\ninfo: {name: c}\n")
    for number, (command, _) in enumerate(COMMANDS, 1):
        made = request_of(command.replace("HOST", host), directory=tmp_path)
        text = request_text({**made.item, "seq": number}, format_)
        (tmp_path / f"{number}.{format_}").write_text(text, "utf-8", newline="\n")
    result = library.run(tmp_path)
    assert result.ok, result
    assert len(sent) == len(COMMANDS)
    for (command, (line, headers, body)), seen in zip(COMMANDS, sent, strict=True):
        assert (seen.line, seen.body) == (line, body), command
        assert {key: seen.headers.get(key) for key in headers} == headers, command


def item(command: str) -> dict[str, Any]:
    return request_of(command).item


def test_forms_with_files() -> None:
    made = item('curl -F a=b -F "f=@x.png,y.png;type=image/png" -F "g=\\"q;r\\"" --form-string s=@x http://h')
    assert made["request"]["method"] == "POST"
    assert made["request"]["body"] == {
        "mode": "multipartForm",
        "multipartForm": [
            {"name": "a", "type": "text", "value": "b", "enabled": True},
            {
                "name": "f",
                "type": "file",
                "value": ["x.png", "y.png"],
                "contentType": "image/png",
                "enabled": True,
            },
            {"name": "g", "type": "text", "value": "q;r", "enabled": True},
            {"name": "s", "type": "text", "value": "@x", "enabled": True},
        ],
    }


@pytest.mark.parametrize(
    ("options", "auth"),
    [
        ("-u me:pw --digest", {"mode": "digest", "digest": {"username": "me", "password": "pw"}}),
        (
            "-u 'D\\me:pw' --ntlm",
            {"mode": "ntlm", "ntlm": {"username": "me", "password": "pw", "domain": "D"}},
        ),
        (
            "--aws-sigv4 aws:amz:eu-1:s3 -u id:key",
            {
                "mode": "awsv4",
                "awsv4": {
                    "accessKeyId": "id",
                    "secretAccessKey": "key",
                    "sessionToken": "",
                    "profileName": "",
                    "service": "s3",
                    "region": "eu-1",
                },
            },
        ),
        ("", {"mode": "none"}),
    ],
)
def test_auth(options: str, auth: dict[str, Any]) -> None:
    assert item(f"curl {options} http://h")["request"]["auth"] == auth


def test_an_account_in_the_url_is_basic_auth() -> None:
    request = item("curl http://me:p%40w@h/a?b=@")["request"]
    assert request["url"] == "http://h/a?b=@"
    assert request["auth"] == {"mode": "basic", "basic": {"username": "me", "password": "p@w"}}


def test_settings_and_notes() -> None:
    made = request_of('curl -Lk -m 2.5 --max-redirs 3 --cert c.pem h -H "a: ${TOKEN}" -u "$U:x" --next other')
    assert made.item["settings"] == {
        "encodeUrl": False,
        "followRedirects": True,
        "forwardAuthorizationHeader": False,
        "timeout": 2500,
        "maxRedirects": 3,
    }
    assert made.item["request"]["headers"][0]["value"] == "{{TOKEN}}"
    assert made.item["request"]["auth"]["basic"]["username"] == "{{U}}"
    assert made.notes == [
        "--insecure is left out: run with --insecure",
        "--cert is left out: run with --client-cert-config",
        "--next is left out: import the command behind it separately",
        "Set the variables that the shell had: TOKEN, U",
        "Only the first URL is imported; left out: other",
    ]


# What curl 8 does with a chain of seven redirects, and with one to another host: the hops that it follows,
# the status that it ends with, and whether the last request has the password.
REDIRECTS = [
    ("curl CHAIN -u me:pw", (0, 302, True)),
    ("curl -L CHAIN -u me:pw", (7, 200, True)),
    ("curl -L --max-redirs 2 CHAIN", (2, 302, False)),
    ("curl -L --max-redirs -1 CHAIN", (7, 200, False)),
    ("curl -L --max-redirs 0 CHAIN", (0, 302, False)),
    ("curl -L --no-location CHAIN", (0, 302, False)),
    ("curl --max-redirs 3 CHAIN", (0, 302, False)),
    ("curl OTHER -u me:pw", (0, 302, True)),
    ("curl -L OTHER -u me:pw", (1, 200, False)),
    ("curl -L OTHER -H 'Authorization: x'", (1, 200, False)),
    ("curl --location-trusted OTHER -u me:pw", (1, 200, True)),
    ("curl --location-trusted --no-location-trusted OTHER -u me:pw", (0, 302, True)),
]


@pytest.mark.parametrize("format_", ["yml", "bru"])
@pytest.mark.parametrize(("command", "expected"), REDIRECTS)
def test_redirects_are_followed_as_curl_does(
    command: str, expected: tuple[int, int, bool], format_: Any, tmp_path: Path
) -> None:
    with echoing() as server:
        words = command.replace("CHAIN", _chain(server)).replace("OTHER", _other(server))
        text = request_text(request_of(words).item, format_)
        settings = "opencollection: 1.0.0" if format_ == "yml" else '{"version": "1", "name": "c"}'
        (tmp_path / ("opencollection.yml" if format_ == "yml" else "bruno.json")).write_text(settings)
        (tmp_path / f"r.{format_}").write_text(text, "utf-8")
        [result] = library.run(tmp_path).results
        assert result.response is not None
        assert (len(server.arrived) - 1, result.response["status"], server.authorized[-1]) == expected


@pytest.mark.servers
@pytest.mark.parametrize(("command", "expected"), REDIRECTS)
def test_curl_itself_follows_them_so(command: str, expected: tuple[int, int, bool]) -> None:
    with echoing() as server:
        words = command.replace("CHAIN", f"'{_chain(server)}'").replace("OTHER", f"'{_other(server)}'")
        shell = f"{words} -s -o /dev/null -w '%{{http_code}}'"
        status = subprocess.run(["sh", "-c", shell], capture_output=True, timeout=60).stdout
        assert (len(server.arrived) - 1, int(status), server.authorized[-1]) == expected


def _chain(server: Server) -> str:
    target = "/end"
    for _ in range(7):
        target = server.to(quote(target, safe=""))
    return server.at("127.0.0.1", target)


def _other(server: Server) -> str:
    return server.at("127.0.0.1", server.to(server.at("localhost", "/end")))


def test_what_only_a_shell_can_do_is_said() -> None:
    made = request_of('curl h/$(id) -H "a: $(date)"')
    assert made.item["request"]["url"] == "http://h/$(id)"
    assert made.notes == ["$(…) is not run: put its output in its place"]


def test_the_query_is_listed_as_it_stands() -> None:
    rows = item("curl 'h?a=b%20c&d&=e&f=g=h#a=b'")["request"]["params"]
    assert [(row["name"], row["value"]) for row in rows] == [("a", "b%20c"), ("d", ""), ("f", "g=h")]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("curl --frobnicate http://h", "--frobnicate is not a curl option that can be imported"),
        ("curl --data-row x http://h", "Did you mean --data-raw?"),
        ("curl -y http://h", "-y is not a curl option"),
        ("curl -H", "-H has no value"),
        ("curl 'http://h", "The quote that begins with 'http://h is not closed"),
        ('curl "http://h', 'The quote that begins with "http://h is not closed'),
        ('curl ^"http://h', "A quote of the curl command is not closed"),
        ("curl -d a", "The command has no URL"),
        ("wget http://h", "'wget' is not curl"),
        ("", "The command is empty"),
        ("curl -d @missing h", "Cannot read missing: No such file or directory"),
        ("curl -d @- h", "reads its standard input"),
        ("curl -d a -F b=c h", "-d and -F cannot be used together"),
        ("curl -m soon h", "--max-time soon is not a number of seconds"),
    ],
)
def test_what_cannot_be_imported_is_said(command: str, message: str) -> None:
    with pytest.raises(BruscriptError) as error:
        request_of(command)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"""a'b c'"d\"\\e"\ f $'\x41\u00e9\n\'\101'""", ['ab cd"\\e f', "Aé\n'A"]),
        ("a \\\n b # c\n d", ["a", "b", "d"]),
        ("'' \"\"", ["", ""]),
        ("http://h?a=1&b=2", ["http://h?a=1&b=2"]),
        (r"$'\ud83d\ude00'", ["😀"]),
        (r'c ^"a\\^" ^"b""c^"', ["c", "a\\", 'b"c']),
        ('c ^"x^\n\ny^"', ["c", "x\ny"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert split_words(text).words == words


def test_the_file_goes_into_the_collection(
    bruscript: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bruno.json").write_text(json.dumps({"version": "1", "name": "c", "type": "collection"}))
    monkeypatch.chdir(tmp_path)
    command = "curl https://api.example.com/v1/users?page=2"
    assert bruscript("import", "curl", command).err == f"Wrote {Path('GET v1-users.bru')}\n"
    assert bruscript("import", "curl", command, "-n", "Users").status == 0
    text = (tmp_path / "Users.bru").read_text("utf-8")
    assert "seq: 2" in text
    assert bruscript("import", "curl", command).err == f"Wrote {Path('GET v1-users 2.bru')}\n"
    again = bruscript("import", "curl", command, "-o", "Users.bru")
    assert (again.status, again.err) == (1, "Users.bru exists already\nName another file.\n")
    other = bruscript("import", "curl", command, "-o", "x.yml")
    assert other.err == f"{tmp_path} is a collection of .bru files\n"
    assert len(list(library.load(tmp_path).walk())) == 3


def test_it_is_printed(bruscript: Invoke) -> None:
    shown = bruscript("import", "curl", "curl h -d a=b", "-o", "-", "--format", "bru")
    assert shown.status == 0
    assert "body:form-urlencoded {\n  a: b\n}" in shown.out
    assert "http:\n  method: POST\n" in bruscript("import", "curl", "curl h -d a=b", "-o", "-").out
