# ruff: noqa: E501  (a case is a line of JavaScript)
"""The web's globals; tests/compat compares them with Node's."""

from __future__ import annotations

import pytest
from sandbox.modules_support import evaluate_all

USES = [
    ("new URL('../p?q=1#h', 'HTTPS://u:p@EXÄMPLE.org:443/a/b/c').href", "https://u:p@xn--exmple-cua.org/a/p?q=1#h"),
    ("try { new URL('nope') } catch (e) { return [e.name, e.message, e.code, e.input] }", ["TypeError", "Invalid URL", "ERR_INVALID_URL", "nope"]),
    ("[URL.canParse('x:'), URL.parse('nope'), new URL('a:b') instanceof URL, URL.name]", [True, None, True, "URL"]),
    ("const u = new URL('http://a/?x=1'); u.searchParams.append('y', 'ä&'); u.port = 8; return u.href", "http://a:8/?x=1&y=%C3%A4%26"),
    ("[...new URLSearchParams({ a: 'b c' })].concat(String(new URLSearchParams('?a=b+c')))", [["a", "b c"], "a=b+c"]),
    ("new TextDecoder().decode(new TextEncoder().encode('aäß€😀\\ud800'))", "aäß€😀\ufffd"),
    ("new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 65, 0xff, 0xe2, 0x82]))", "A\ufffd\ufffd"),
    ("const d = new TextDecoder(); return d.decode(new Uint8Array([0xe2, 0x82]), { stream: true }) + d.decode(new Uint8Array([0xac]))", "€"),
    ("new TextDecoder('shift_jis').decode(new Uint8Array([0x82, 0xa0]))", "あ"),
    ("new TextDecoder('utf-16le').decode(new Uint8Array([65, 0, 0x3d, 0xd8, 0, 0xde]))", "A😀"),
    ("try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])) } catch (e) { return e.name }", "TypeError"),
    ("try { new TextDecoder('bogus') } catch (e) { return e.name }", "RangeError"),
    ("new TextEncoder().encodeInto('aé€', new Uint8Array(4))", {"read": 2, "written": 3}),
    ("atob('aGk=') + btoa('hi')", "hiaGk="),
    ("try { btoa('€') } catch (e) { return [e.name, e.code, e instanceof DOMException] }", ["InvalidCharacterError", 5, True]),
    ("try { atob('a') } catch (e) { return e.name }", "InvalidCharacterError"),
    ("/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())", True),
    ("const a = crypto.getRandomValues(new Uint32Array(8)); return new Set(a).size > 4 && a.length", 8),
    ("try { crypto.getRandomValues(new Uint8Array(65537)) } catch (e) { return e.name }", "QuotaExceededError"),
    ("const o = { d: new Date(5), m: new Map([[1, new Set([2])]]), b: new Uint8Array([1]) }; o.self = o; const c = structuredClone(o);"
     "return [c.d.getTime(), [...c.m.get(1)], c.b[0], c.self === c, c !== o]", [5, [2], 1, True, True]),
    ("try { structuredClone({ f() {} }) } catch (e) { return [e.name, e.code] }", ["DataCloneError", 25]),
    ("const b = new ArrayBuffer(4); return [structuredClone(b, { transfer: [b] }).byteLength, b.byteLength]", [4, 0]),
    ("[...new Headers([['b', '1'], ['A', '2'], ['b', '3']])]", [["a", "2"], ["b", "1, 3"]]),
    ("const h = new Headers(); h.append('set-cookie', 'a'); h.append('Set-Cookie', 'b'); return h.getSetCookie()", ["a", "b"]),
    ("try { new Headers({ 'a b': '1' }) } catch (e) { return e.name }", "TypeError"),
    ("try { new Headers({ a: 'x\\ny' }) } catch (e) { return e.name }", "TypeError"),
    ("const r = new Response('{\"a\":1}', { status: 201 }); return [r.ok, await r.clone().json(), await r.text(), r.bodyUsed]", [True, {"a": 1}, '{"a":1}', True]),
    ("const r = new Response('x'); await r.text(); try { await r.text() } catch (e) { return e.name }", "TypeError"),
    ("const r = Response.json({ a: 1 }); return [r.headers.get('content-type'), await r.json()]", ["application/json", {"a": 1}]),
    ("new Request('http://a/', { method: 'post', body: new URLSearchParams({ a: 1 }) }).text()", "a=1"),
    ("try { new Request('http://a', { body: 'x' }) } catch (e) { return e.name }", "TypeError"),
    ("const f = new FormData(); f.append('a', '1'); f.append('a', '2'); f.set('a', '3'); return [...f]", [["a", "3"]]),
    ("const f = new FormData(); f.append('f', new Blob(['zz'], { type: 'text/plain' }), 'n.txt'); return (await new Response(f).text()).split('\\r\\n').slice(1, -2)",
     ['Content-Disposition: form-data; name="f"; filename="n.txt"', "Content-Type: text/plain", "", "zz"]),
    ("const b = new Blob(['aä', new Uint8Array([98])], { type: 'Text/X' }); return [b.size, b.type, await b.text(), await b.slice(0, 1).text()]", [4, "text/x", "aäb", "a"]),
    ("const c = new AbortController(); let n = 0; c.signal.onabort = () => n++; c.abort(); c.abort(); return [n, c.signal.aborted, c.signal.reason.name]", [1, True, "AbortError"]),
    ("new Promise(r => AbortSignal.timeout(1).addEventListener('abort', e => r(e.target.reason.name)))", "TimeoutError"),
    ("AbortSignal.any([new AbortController().signal, AbortSignal.abort('why')]).reason", "why"),
    ("const t = new EventTarget(); const r = []; t.addEventListener('a', e => r.push(e.detail), { once: true });"
     "t.dispatchEvent(new CustomEvent('a', { detail: 5 })); t.dispatchEvent(new CustomEvent('a')); return r", [5]),
    ("const { port1, port2 } = new MessageChannel(); return new Promise(r => { port2.onmessage = e => r(e.data); port1.postMessage({ a: 1 }) })", {"a": 1}),
    ("let s = ''; for await (const x of new ReadableStream({ start(c) { c.enqueue('a'); c.close() } })) s += x; return s", "a"),
    ("performance.now() >= 0 && Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000", True),
    ("performance.mark('a'); return performance.measure('m', 'a').duration >= 0", True),
    ("Intl.DateTimeFormat('de', { timeZone: 'UTC' }).format(0) + new Intl.NumberFormat('en').format(1e6)", "1.1.19701,000,000"),
    ("(await fetch('data:text/plain;base64,aGk=')).text()", "hi"),
    ("const u = URL.createObjectURL(new Blob(['x'])); return (await fetch(u)).text()", "x"),
    ("global === globalThis && typeof global.Buffer", "function"),
    ("['Headers', 'Blob', 'URL', 'AbortController'].map(n => Object.prototype.toString.call(n === 'URL' ? new URL('a:b') : new globalThis[n]()))",
     ["[object Headers]", "[object Blob]", "[object URL]", "[object AbortController]"]),
    ("var Buffer = 5; return Buffer", 5),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_globals(mode: str) -> None:
    assert evaluate_all([source for source, _ in USES], mode=mode) == [expected for _, expected in USES]


def test_safe_mode_has_the_reference_global_libraries() -> None:
    safe = ["moment().isValid()", "typeof tv4.validate", "typeof Ajv", "typeof addFormats", "typeof axios.get",
            "uuid.v4().length", "nanoid.nanoid().length", "typeof jwt.sign", "path.resolve('/a', 'b')",
            "crypto.randomBytes(3).length"]  # fmt: skip
    assert evaluate_all(safe) == [
        True,
        "function",
        "function",
        "function",
        "function",
        36,
        21,
        "function",
        "/a/b",
        3,
    ]
    assert evaluate_all(["typeof moment + typeof tv4 + typeof axios"], mode="developer") == ["undefined" * 3]
