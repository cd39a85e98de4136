# ruff: noqa: E501  (a case is a line of JavaScript)
"""The libraries that scripts require: each does its work, and is as new for the next request."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.modules_support import ScriptFailed, evaluate, evaluate_all

USES = [
    ("require('chai').expect([1, 2]).to.include(2) && require('chai').version", "4.3.8"),
    (
        "const c = require('chai'); c.use(require('chai-string')); c.expect('abc').to.startWith('ab'); return 1",
        1,
    ),
    ("require('lodash').chunk([1, 2, 3], 2)", [[1, 2], [3]]),
    ("require('lodash/get')({ a: [{ b: 5 }] }, 'a[0].b')", 5),
    ("require('lodash/fp').map(x => x + 1)([1, 2])", [2, 3]),
    ("require('moment').utc('2020-01-31').add(1, 'month').format('YYYY-MM-DD')", "2020-02-29"),
    (
        "const m = require('moment'); m.locale('de'); return m.utc(0).format('dddd, D. MMMM')",
        "Donnerstag, 1. Januar",
    ),
    ("require('uuid').v5('a', require('uuid').v5.DNS)", "4f3f2898-69e3-5a0d-820a-c4e87987dbce"),
    ("require('uuid').validate(require('uuid').v4()) && require('uuid').version(require('uuid').v7())", 7),
    ("require('nanoid').nanoid(7).length", 7),
    ("require('nanoid').customAlphabet('a', 3)()", "aaa"),
    ("require('crypto-js').MD5('a').toString()", "0cc175b9c0f1b6a831c399e269772661"),
    ("require('crypto-js/hmac-sha256')('a', 'k').toString().slice(0, 8)", "78da9151"),
    (
        "const C = require('crypto-js'); return C.AES.decrypt(C.AES.encrypt('m', 'p').toString(), 'p').toString(C.enc.Utf8)",
        "m",
    ),
    (
        "const a = new (require('ajv'))(); require('ajv-formats')(a);"
        "const v = a.compile({ type: 'string', format: 'date', formatMinimum: '2020-01-01' });"
        "return [v('2021-01-01'), v('2019-01-01'), v('x')]",
        [True, False, False],
    ),
    ("new (require('ajv/dist/2020'))().validate({ prefixItems: [{ type: 'string' }] }, [1])", False),
    ("require('tv4').validate({ a: 1 }, { properties: { a: { type: 'string' } } })", False),
    ("require('atob')('YQ==') + require('btoa')('a')", "aYQ=="),
    ("require('buffer').Buffer.from('a?>').toString('base64url')", "YT8-"),
    ("require('cheerio').load('<p class=x>y</p>')('.x').text()", "y"),
    ("require('xml2js').parseStringPromise('<a k=\"v\"><b>1</b></a>')", {"a": {"$": {"k": "v"}, "b": ["1"]}}),
    ("require('xml-formatter')('<a><b/></a>', { lineSeparator: '\\n' })", "<a>\n    <b/>\n</a>"),
    (
        "const j = require('jsonwebtoken'); return j.verify(j.sign({ a: 1 }, 's', { noTimestamp: true }), 's')",
        {"a": 1},
    ),
    (
        "const j = require('jsonwebtoken'); const t = j.sign({ exp: 1 }, 's');"
        "try { j.verify(t, 's') } catch (e) { return [e.name, e.message] }",
        ["TokenExpiredError", "jwt expired"],
    ),
    (
        "const j = require('jsonwebtoken'); return new Promise(r => j.sign({ a: 1 }, 's', (e, t) => "
        "j.verify(t, 's', (f, d) => r([e, f, d.a]))))",
        [None, None, 1],
    ),
    ("require('path').join('/a', '..', 'b')", "/b"),
    ("typeof require('axios').interceptors.request.use + require('axios').VERSION", "function1.16.0"),
    ("Object.keys(require('node-fetch')).includes('Headers')", True),
    ("require('js-yaml').load('a: [1]')", {"a": [1]}),
    ("require('qs').parse('a[b]=1')", {"a": {"b": "1"}}),
    ("require('handlebars').compile('{{#each a}}<{{this}}>{{/each}}')({ a: [1, 2] })", "<1><2>"),
    (
        "new (require('form-data'))().getHeaders()['content-type'].slice(0, 30)",
        "multipart/form-data; boundary=",
    ),
    ("require('yaml').parse('a: [1, b]')", {"a": [1, "b"]}),
    ("typeof require('@faker-js/faker/locale/en').faker.person.firstName()", "string"),
]


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_libraries_work_in_both_modes(mode: str) -> None:
    given = evaluate_all([source for source, _ in USES], mode=mode)
    assert given == [expected for _, expected in USES]


def test_all_languages_of_faker() -> None:
    assert evaluate("require('@faker-js/faker').fakerDE.location.city().length > 1") is True


LEAKS: list[tuple[str, str, Any]] = [
    ("require('lodash').mixin({ leak: () => 1 })", "typeof require('lodash').leak", "undefined"),
    ("require('lodash').uniqueId()", "require('lodash').uniqueId()", "1"),
    (
        "require('lodash').templateSettings.imports.x = 1",
        "require('lodash').templateSettings.imports.x",
        None,
    ),
    ("require('moment').locale('de')", "require('moment').locale()", "en"),
    ("require('moment').fn.leak = 1", "require('moment')().leak", None),
    (
        "require('chai').use(c => { c.Assertion.addProperty('leak', () => 1) })",
        "'leak' in require('chai').Assertion.prototype",
        False,
    ),
    ("require('chai').config.truncateThreshold = 1", "require('chai').config.truncateThreshold", 40),
    ("require('axios').defaults.baseURL = 'x'", "require('axios').defaults.baseURL", None),
    (
        "require('axios').interceptors.request.use(() => 1)",
        "require('axios').interceptors.request.handlers.length",
        0,
    ),
    ("require('tv4').addSchema('leak', {}), 1", "require('tv4').getSchemaUris()", []),
    ("require('uuid').leak = 1", "require('uuid').leak", None),
    ("require('crypto-js').algo.leak = 1", "require('crypto-js').algo.leak", None),
    ("require('util').inspect.leak = 1", "require('util').inspect.leak", None),
    ("Buffer.prototype.leak = 1", "Buffer.prototype.leak", None),
    ("URL.leak = 1", "URL.leak", None),
    ("process.leak = 1", "process.leak", None),
    ("process.env.LEAK = 1", "process.env.LEAK", None),
    ("crypto.subtle.leak = 1", "crypto.subtle.leak", None),
    ("require('crypto').constants.leak = 1", "require('crypto').constants.leak", None),
    ("require('zlib').constants.leak = 1", "require('zlib').constants.leak", None),
    ("require('http').STATUS_CODES.leak = 1", "require('http').STATUS_CODES.leak", None),
    ("require('querystring').parse.leak = 1", "require('querystring').parse.leak", None),
    ("require('url').urlToHttpOptions.leak = 1", "require('url').urlToHttpOptions.leak", None),
    (
        # Methods of the language replaced for a while, to get at what the loader keeps, and put back.
        "(() => { const { get, set } = Map.prototype; const { call, apply } = Function.prototype; const taken = [];"
        "Map.prototype.set = function (k, v) { taken.push(this, v); return apply.call(set, this, [k, v]) };"
        "Function.prototype.call = function (...a) { taken.push(this); return apply.apply(this, [a[0], a.slice(1)]) };"
        "try { require('lodash'); require('uuid') } finally { Map.prototype.set = set; Function.prototype.call = call }"
        "for (const t of taken) { try { t.leak = 1; t.exports = 1; t.call = () => 'leak' } catch {} } return 1 })()",
        "typeof require('lodash').chunk + typeof require('uuid').v4",
        "functionfunction",
    ),
    ("globalThis.URL = 5", "typeof URL", "function"),
    ("require('events').defaultMaxListeners = 99", "require('events').defaultMaxListeners", 10),
]


def test_nothing_done_to_a_library_reaches_the_next_request() -> None:
    given = evaluate_all([source for before, after, _ in LEAKS for source in (f"({before}), 1", after)])
    assert given[1::2] == [expected for _, _, expected in LEAKS]


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_an_unknown_module_says_what_to_do(mode: str) -> None:
    with pytest.raises(
        ScriptFailed, match="developer mode" if mode == "safe" else "npm install no-such-module"
    ):
        evaluate("require('no-such-module')", mode=mode)
    with pytest.raises(ScriptFailed, match="not empty"):
        evaluate("require('')", mode=mode)
    with pytest.raises(ScriptFailed, match="got object"):
        evaluate("require({})", mode=mode)


REFUSED = [
    "child_process",
    "cluster",
    "dgram",
    "dns",
    "http2",
    "inspector",
    "net",
    "tls",
    "v8",
    "vm",
    "worker_threads",
]


@pytest.mark.parametrize("mode", ["safe", "developer"])
@pytest.mark.parametrize("prefix", ["", "node:"])
def test_what_leads_out_of_the_sandbox_is_refused_by_name(mode: str, prefix: str) -> None:
    attempts = [f"try {{ require('{prefix}{name}') }} catch (e) {{ return e.message }}" for name in REFUSED]
    for name, message in zip(REFUSED, evaluate_all(attempts, mode=mode), strict=True):
        assert message.startswith(f'Module "{name}" is not available to scripts: ')


def test_files_and_the_system_need_developer_mode() -> None:
    for name in ("fs", "node:fs", "fs/promises", "os"):
        with pytest.raises(ScriptFailed, match="developer mode"):
            evaluate(f"require('{name}')")


LIBRARIES = [
    "@faker-js/faker/locale/en", "ajv", "ajv-formats", "atob", "axios", "btoa", "chai", "chai-string", "cheerio",
    "crypto-js", "form-data", "handlebars", "js-yaml", "jsonwebtoken", "lodash", "lodash/fp", "moment",
    "moment/locale/de", "nanoid", "node-fetch", "qs", "tv4", "uuid", "xml-formatter", "xml2js", "yaml", "assert",
    "async_hooks", "buffer", "crypto", "diagnostics_channel", "events", "http", "path", "perf_hooks", "process",
    "querystring", "stream", "stream/web", "string_decoder", "timers", "url", "util", "zlib",
]  # fmt: skip


def test_no_library_costs_the_isolate() -> None:
    """One that changed prototypes or globals would make every script that requires it wait for a new isolate."""
    age = "process.uptime()"
    sources = ["new Promise(done => setTimeout(done, 20))"]
    for name in LIBRARIES:
        sources += [f"typeof require({name!r})", age]
    ages = evaluate_all(sources, mode="developer")[2::2]
    restarted = [
        name for name, before, after in zip(LIBRARIES[1:], ages, ages[1:], strict=False) if after < before
    ]
    assert restarted == []
    sources = [*sources[:1], age, "Array.prototype.leaked = 1; return 1", age]
    before, _, after = evaluate_all(sources, mode="developer")[1:]
    assert after < before
