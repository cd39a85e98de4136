# ruff: noqa: E501  (a case is a line of JavaScript)
"""fetch, axios, node-fetch and http.request: all reach a real server through the host."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from sandbox.modules_support import ScriptFailed, evaluate, evaluate_all

from bruscript.sandbox.services.permissions import Permissions


class Echo(BaseHTTPRequestHandler):
    """Tells what came; /redirect leads to /final, /status/N answers with N."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Print nothing."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        redirect = self.path == "/redirect"
        status = (
            int(self.path.removeprefix("/status/"))
            if self.path.startswith("/status/")
            else 302
            if redirect
            else 200
        )
        told = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode("utf-8", "replace"),
        }
        data = b"" if redirect or self.command == "HEAD" else json.dumps(told).encode()
        self.send_response(status)
        if redirect:
            self.send_header("location", "/final")
        self.send_header("content-type", "application/json")
        self.send_header("set-cookie", "a=1")
        self.send_header("set-cookie", "b=2")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def network(config: dict[str, Any]) -> dict[str, Any]:
    """Answer `http.send`."""
    content = base64.b64decode(config["bodyBase64"]) if "bodyBase64" in config else None
    async with httpx.AsyncClient(follow_redirects=config.get("maxRedirects", 5) > 0) as client:
        try:
            answer = await client.request(
                config["method"], config["url"], headers=config["headers"], content=content
            )
        except httpx.ConnectError as error:
            raise ConnectionError(f"connect ECONNREFUSED {config['url']}") from error
    return {
        "status": answer.status_code,
        "statusText": answer.reason_phrase,
        "headers": answer.headers.multi_items(),
        "bodyBase64": base64.b64encode(answer.content).decode(),
        "url": str(answer.url),
    }


def uses(url: str) -> list[tuple[str, Any]]:
    return [
        (
            f"const r = await fetch('{url}/a?b=c', {{ method: 'POST', body: JSON.stringify({{ x: 1 }}), headers: {{ 'Content-Type': 'application/json' }} }});"
            "const j = await r.json(); return [r.status, r.ok, j.path, j.body, j.headers['content-type'], r.headers.getSetCookie()]",
            [200, True, "/a?b=c", '{"x": 1}'.replace(" ", ""), "application/json", ["a=1", "b=2"]],
        ),
        (f"const r = await fetch('{url}/redirect'); return [r.redirected, r.url]", [True, f"{url}/final"]),
        (f"const r = await fetch('{url}/redirect', {{ redirect: 'manual' }}); return [r.status, r.headers.get('location')]", [302, "/final"]),
        (f"const r = await fetch(new Request('{url}/status/404')); return [r.ok, r.status, r.statusText]", [False, 404, "Not Found"]),
        (f"const c = new AbortController(); c.abort(); try {{ await fetch('{url}', {{ signal: c.signal }}) }} catch (e) {{ return e.name }}", "AbortError"),
        ("try { await fetch('http://127.0.0.1:1/') } catch (e) { return [e.name, e.message, e.cause.code] }", ["TypeError", "fetch failed", "ECONNREFUSED"]),
        ("try { await fetch('/relative') } catch (e) { return e.message }", "Failed to parse URL from /relative"),
        (
            f"const r = await require('axios').post('{url}/p', {{ x: 1 }}, {{ params: {{ z: [1] }}, headers: {{ A: 'b' }} }});"
            "return [r.status, r.data.path, r.data.body, r.data.headers.a, r.headers['set-cookie'], r.config.method]",
            [200, "/p?z%5B%5D=1", '{"x":1}', "b", ["a=1", "b=2"], "post"],
        ),
        (
            f"try {{ await require('axios').get('{url}/status/500') }} catch (e) {{ return [e.isAxiosError, e.code, e.message, e.response.data.path] }}",
            [True, "ERR_BAD_RESPONSE", "Request failed with status code 500", "/status/500"],
        ),
        (
            f"const a = require('axios').create({{ baseURL: '{url}/v1/', auth: {{ username: 'u', password: 'p' }}, validateStatus: () => true }});"
            "a.interceptors.request.use(c => { c.headers['X-I'] = '1'; return c }); const r = await a.get('/x');"
            "return [r.data.path, r.data.headers.authorization, r.data.headers['x-i']]",
            ["/v1/x", "Basic dTpw", "1"],
        ),
        (f"(await require('axios')('{url}/b', {{ responseType: 'arraybuffer' }})).data instanceof Buffer", True),
        (f"(await require('axios').post('{url}/f', new URLSearchParams({{ a: 'b c' }}))).data.body", "a=b+c"),
        (
            f"const f = new (require('form-data'))(); f.append('a', 'one'); f.append('b', Buffer.from('x'), {{ filename: 'n.txt' }});"
            f"const r = await require('axios').post('{url}/m', f); return [r.data.headers['content-type'].split(';')[0], r.data.body.includes('n.txt')]",
            ["multipart/form-data", True],
        ),
        ("try { await require('axios').get('http://127.0.0.1:1/') } catch (e) { return [e.code, e.response === undefined] }", ["ECONNREFUSED", True]),
        (
            f"const f = require('node-fetch'); const r = await f('{url}/n', {{ method: 'PUT', body: 'hey' }}); const j = await r.json();"
            "return [j.method, j.body, r.headers.raw()['set-cookie']]",
            ["PUT", "hey", ["a=1", "b=2"]],
        ),
        (f"(await require('node-fetch')('{url}/redirect')).url", f"{url}/final"),
        ("try { await require('node-fetch')('http://127.0.0.1:1/') } catch (e) { return [e.name, e.code] }", ["FetchError", "ECONNREFUSED"]),
        (
            f"new Promise((done, fail) => {{ const q = require('http').request('{url}/h', {{ method: 'POST', headers: {{ 'x-y': 'z' }} }}, r => {{"
            "let s = ''; r.setEncoding('utf8'); r.on('data', d => s += d); r.on('end', () => done([r.statusCode, JSON.parse(s).body, JSON.parse(s).headers['x-y']])) });"
            "q.on('error', fail); q.write('a'); q.end('b') })",
            [200, "ab", "z"],
        ),
        ("new Promise(done => require('http').get('http://127.0.0.1:1/').on('error', e => done(e.code)))", "ECONNREFUSED"),
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_requests(url: str, mode: str) -> None:
    cases = uses(url)
    given = evaluate_all([source for source, _ in cases], mode=mode, network=network)
    assert given == [expected for _, expected in cases]


def test_hosts_can_be_narrowed(url: str) -> None:
    assert (
        evaluate(
            f"(await fetch('{url}/')).status",
            network=network,
            permissions=Permissions(allow_net=["127.0.0.1"]),
        )
        == 200
    )
    for source in (f"require('axios').get('{url}/')", f"require('node-fetch')('{url}/')"):
        with pytest.raises(ScriptFailed, match=r"allow_net=\"127\.0\.0\.1\""):
            evaluate(source, network=network, permissions=Permissions(allow_net=["api.example.org"]))
