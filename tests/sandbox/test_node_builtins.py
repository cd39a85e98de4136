# ruff: noqa: E501  (a case is a line of JavaScript)
"""Node's built-in modules that only compute; tests/compat compares them with Node itself."""

from __future__ import annotations

import pytest
from sandbox.modules_support import ScriptFailed, evaluate, evaluate_all

USES = [
    ("require('path').resolve('/a', '../b') + require('path').extname('x.tar.gz')", "/b.gz"),
    ("require('path/posix') === require('path')", True),
    ("require('url').parse('http://a.b:1/c?d=e#f', true).query.d", "e"),
    ("require('url').fileURLToPath('file:///a%20b')", "/a b"),
    ("require('querystring').parse('a=1&a=%C3%A4&b=%zz').a", ["1", "ä"]),
    ("require('querystring').stringify({ a: [1, 2], b: 'c d' })", "a=1&a=2&b=c%20d"),
    (
        "require('util').format('%s=%d %j %o', 'a', '4', { b: 1 }, [2], 'c')",
        'a=4 {"b":1} [ 2, [length]: 1 ] c',
    ),
    (
        "require('util').inspect(new Map([['k', { v: Buffer.from('hi') }]]))",
        "Map(1) { 'k' => { v: <Buffer 68 69> } }",
    ),
    ("require('util').promisify((x, done) => done(null, x + 1))(1)", 2),
    ("require('util/types').isPromise(Promise.resolve())", True),
    (
        "const E = require('events'); const e = new E(); let n = 0; e.once('x', v => { n += v }); e.emit('x', 2); e.emit('x', 3); return n",
        2,
    ),
    (
        "const E = require('node:events'); const e = new E(); setTimeout(() => e.emit('x', 5), 1); return E.once(e, 'x')",
        [5],
    ),
    (
        "try { require('assert').deepStrictEqual({ a: 1 }, { a: 2 }) } catch (e) { return e.code }",
        "ERR_ASSERTION",
    ),
    ("require('assert/strict').equal(1, 1), 1", 1),
    ("new (require('string_decoder').StringDecoder)('utf8').write(Buffer.from([0xe2, 0x82, 0xac]))", "€"),
    (
        "const { Readable, Transform } = require('stream'); const { pipeline } = require('stream/promises'); let all = '';"
        "await pipeline(Readable.from(['a', 'b']), new Transform({ transform(c, _, d) { d(null, String(c).toUpperCase()) } }),"
        "async s => { for await (const c of s) all += c }); return all",
        "AB",
    ),
    ("require('timers/promises').setTimeout(1, 'later')", "later"),
    ("require('zlib').gunzipSync(require('zlib').gzipSync('hello')).toString()", "hello"),
    ("require('zlib').inflateRawSync(require('zlib').deflateRawSync('x'.repeat(100000))).length", 100000),
    (
        "new Promise((r, j) => require('zlib').deflate('a', (e, b) => e ? j(e) : r(require('zlib').unzipSync(b).toString())))",
        "a",
    ),
    ("try { require('zlib').gunzipSync(Buffer.from('no')) } catch (e) { return e.code }", "Z_DATA_ERROR"),
    (
        "const z = require('zlib'); const bomb = z.gzipSync(Buffer.alloc(5e6));"
        "try { z.gunzipSync(bomb, { maxOutputLength: 1e6 }) } catch (e) { return e.code }",
        "ERR_BUFFER_TOO_LARGE",
    ),
    ("require('punycode').toASCII('mañana.com')", "xn--maana-pta.com"),
    ("process.nextTick.length >= 0 && typeof process.hrtime.bigint()", "bigint"),
    ("new Promise(done => process.nextTick(done, 5))", 5),
    ("require('process') === process && typeof process.platform + typeof process.arch", "stringstring"),
    (
        "const { AsyncLocalStorage } = require('async_hooks'); const s = new AsyncLocalStorage(); return s.run(1, () => s.getStore())",
        1,
    ),
    ("require('module').builtinModules.includes('fs')", True),
    ("require('http').STATUS_CODES[404]", "Not Found"),
]


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_built_in_modules(mode: str) -> None:
    assert evaluate_all([source for source, _ in USES], mode=mode) == [expected for _, expected in USES]


BUFFER = [
    ("Buffer.from('héllo').toString('hex')", "68c3a96c6c6f"),
    ("Buffer.from('YT8-', 'base64url').toString()", "a?>"),
    ("Buffer.concat([Buffer.from('a'), Buffer.from([98])]).toString()", "ab"),
    ("Buffer.byteLength('€') + Buffer.alloc(3, 'ab').toString()", "3aba"),
    ("Buffer.isEncoding('base64url')", True),
    ("const b = Buffer.alloc(4); b.writeInt16BE(-2); return [b.readInt16BE(), b.readUInt8(1)]", [-2, 254]),
    ("JSON.parse(JSON.stringify(Buffer.from('a')))", {"type": "Buffer", "data": [97]}),
    ("Buffer.from('a') instanceof Uint8Array && Buffer.name", "Buffer"),
]


def test_buffer() -> None:
    assert evaluate_all([source for source, _ in BUFFER]) == [expected for _, expected in BUFFER]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("process.exit(1)", "stopExecution"),
        ("process.chdir('/')", "not available"),
        ("process.binding('fs')", "not available"),
        ("require('http').createServer()", "no sockets"),
    ],
)
def test_what_process_and_http_refuse(source: str, message: str) -> None:
    with pytest.raises(ScriptFailed, match=message):
        evaluate(source, mode="developer")


def test_the_system_in_developer_mode() -> None:
    os_says = evaluate(
        "const o = require('os'); return [o.EOL, o.platform().length > 2, o.cpus().length > 0]",
        mode="developer",
    )
    assert os_says == ["\n", True, True]


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from bruscript.sandbox.services.permissions import Permissions

    monkeypatch.setenv("BRUSCRIPT_SHOWN", "yes")
    assert evaluate("process.env.BRUSCRIPT_SHOWN", mode="developer") == "yes"
    assert evaluate("process.env.BRUSCRIPT_NEVER_SET ?? null", mode="developer") is None
    assert evaluate("process.env.BRUSCRIPT_SHOWN ?? null", mode="safe") is None
    assert evaluate("Object.keys(process.env)", mode="safe") == []
    narrowed = Permissions(allow_env=["OTHER"])
    assert evaluate("Object.keys(process.env).length", mode="developer", permissions=narrowed) == 0
    assert evaluate("process.env.BRUSCRIPT_SHOWN ?? null", mode="developer", permissions=narrowed) is None
    assert evaluate("'BRUSCRIPT_SHOWN' in process.env", mode="developer", permissions=narrowed) is False
    by_name = Permissions(allow_env=["BRUSCRIPT_SHOWN"])
    assert evaluate("Object.keys(process.env)", mode="safe", permissions=by_name) == ["BRUSCRIPT_SHOWN"]
