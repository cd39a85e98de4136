# ruff: noqa: E501  (a case is a line of JavaScript)
"""Files as modules: the collection's own, its context roots, and packages of its node_modules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sandbox.modules_support import ScriptFailed, evaluate, evaluate_all

from bruscript.sandbox import Permissions, Services
from bruscript.sandbox.services.errors import PermissionRefused


def lay(home: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return home


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    return lay(
        tmp_path / "collection",
        {
            "one.js": "module.exports = { n: 1, where: __dirname.split('/').pop(), file: __filename.split('/').pop() }",
            "data.json": '\ufeff{"list": [1, 2]}',
            "lib/index.js": "exports.up = require('../one').n + 1; exports.here = require('./inner.js')",
            "lib/inner.js": "module.exports = typeof require('lodash').get",
            "packaged/package.json": '{"main": "src/main"}',
            "packaged/src/main.js": "module.exports = 'main'",
            "cycle/a.js": "exports.early = 1; exports.seen = require('./b').seen; exports.late = 2",
            "cycle/b.js": "const a = require('./a'); exports.seen = [a.early, a.late === undefined]",
            "counter.js": "let n = 0; module.exports = () => ++n",
            "this.js": "this.viaThis = 1; exports.same = module.exports === this",
            "esm.mjs": "import { n as x } from './one.js'; import data from './data.json'; export default x + data.list[1]; export const y = 5;",
            "several.mjs": "export const a = 1, b = 2;\nexport let c = b + 1, d;\nexport const { e, ...g } = { e: 5 }, f = x => x;\n"
            "export const text = 'import.meta.url', form = `import.meta ${1}`, pattern = /import.meta/.source;\nd = 4;\n"
            "export const place = import.meta.filename === import.meta.dirname + '/several.mjs' && import.meta.url === 'file://' + import.meta.filename",
            "round/one.mjs": "import { two } from './two.mjs'; export function one() { return 'one' } export default function named() { return 'named' } export const seen = two()",
            "round/two.mjs": "import named, { one } from './one.mjs'; export function two() { return one() + named() }",
            "mixed.js": "import one from './one.js'; export const n = one.n",
            "command.js": "exports.ran = require.main === module",
            "bang.js": "#!/usr/bin/env node\nmodule.exports = 'bang'",
            "globals.js": "module.exports = [typeof bru.setVar, typeof req.getUrl, typeof Buffer, typeof URL]",
            "throws.js": "\n\nthrow new TypeError('boom')",
            "syntax.js": "const a = 1;\nconst b = ;\n",
            "bad.json": "{nope",
            "late.js": "module.exports = () => { throw new Error('later') }",
        },
    )


WORKS = [
    ("require('./one')", {"n": 1, "where": "collection", "file": "one.js"}),
    ("require('./one.js').n", 1),
    ("require('././lib/../one').n", 1),
    ("require('.\\\\one').n", 1),
    ("require('./data.json').list", [1, 2]),
    ("require('./data').list", [1, 2]),
    ("require('./lib')", {"up": 2, "here": "function"}),
    ("require('./lib/').up", 2),
    ("require('./packaged')", "main"),
    ("require('./command').ran", False),
    ("require('./cycle/a')", {"early": 1, "seen": [1, True], "late": 2}),
    ("require('./counter')() + require('./counter.js')() + require('./lib/../counter')()", 6),
    ("require('./this')", {"viaThis": 1, "same": True}),
    ("[require('./esm.mjs').default, require('./esm.mjs').y]", [3, 5]),
    (
        "const m = require('./several.mjs'); return [m.a, m.b, m.c, m.d, m.e, m.f(6), m.text, m.form, m.pattern, m.place]",
        [1, 2, 3, 4, 5, 6, "import.meta.url", "import.meta 1", "import.meta", True],
    ),
    ("require('./round/one.mjs').seen", "onenamed"),
    ("require('./mixed').n", 1),
    ("require('./bang')", "bang"),
    ("require('./globals')", ["function"] * 4),
    ("require.resolve('./one').endsWith('/collection/one.js')", True),
]


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_local_modules(collection: Path, mode: str) -> None:
    given = evaluate_all([source for source, _ in WORKS], collection, mode)
    assert given == [expected for _, expected in WORKS]


def test_the_absolute_path_is_a_module_too(collection: Path) -> None:
    assert evaluate(f"require({json.dumps(str(collection / 'one.js'))}).n", collection, "developer") == 1


def test_module_state_is_the_requests_own(collection: Path) -> None:
    sources = ["require('./counter')(); return require('./counter')()", "require('./counter')()"]
    assert evaluate_all(sources, collection) == [2, 1]


def test_a_changed_file_is_read_again(collection: Path) -> None:
    (collection / "one.js").write_text("module.exports = 'before'")
    assert evaluate("require('./one')", collection) == "before"
    (collection / "one.js").write_text("module.exports = 'after'")
    assert evaluate("require('./one')", collection) == "after"


@pytest.mark.parametrize(
    ("mode", "source", "message"),
    [
        ("safe", "require('./nope')", r"^Error: Cannot find module \./nope"),
        ("developer", "require('./nope')", r"^Error: Cannot find module \./nope"),
        ("safe", "require('./throws')", "^TypeError: boom"),
        ("developer", "require('./throws')", r"^Error: Error loading local module \./throws: boom"),
        ("safe", "require('./syntax')", "^SyntaxError: Unexpected token ';'"),
        (
            "developer",
            "require('./syntax')",
            r"^Error: Error loading local module \./syntax: Unexpected token ';'",
        ),
        ("safe", "require('./bad.json')", r"bad\.json: .*JSON"),
        ("safe", "require('../outside')", "outside of the collectionPath is not allowed"),
        (
            "developer",
            "require('../outside')",
            r"outside of the allowed context roots is not allowed: \.\./outside",
        ),
        ("developer", "require('/etc/hostname')", "outside of the allowed context roots"),
        ("safe", "require('./lib/../../outside')", "not allowed"),
        ("safe", "require('./one\\0.js')", "null bytes"),
    ],
)
def test_what_is_wrong_is_said(collection: Path, mode: str, source: str, message: str) -> None:
    (collection.parent / "outside.js").write_text("module.exports = 1")
    with pytest.raises(ScriptFailed, match=message):
        evaluate(source, collection, mode)


def test_a_module_that_failed_is_tried_again(collection: Path) -> None:
    source = "try { require('./throws') } catch {} try { require('./throws') } catch (e) { return e.message }"
    assert evaluate(source, collection) == "boom"


def test_links_do_not_lead_out(collection: Path) -> None:
    lay(collection.parent / "elsewhere", {"secret.js": "module.exports = 'secret'"})
    (collection / "link.js").symlink_to(collection.parent / "elsewhere" / "secret.js")
    (collection / "linked").symlink_to(collection.parent / "elsewhere")
    for name in ("./link", "./linked/secret", "./linked/../elsewhere/secret"):
        with pytest.raises(ScriptFailed):
            evaluate(f"require('{name}')", collection)


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_additional_context_roots(collection: Path, mode: str) -> None:
    shared = lay(
        collection.parent / "shared",
        {"util.js": "module.exports = require('./more')", "more.js": "module.exports = 7"},
    )
    with pytest.raises(ScriptFailed):
        evaluate("require('../shared/util')", collection, mode)
    assert evaluate("require('../shared/util')", collection, mode, roots=("../shared",)) == 7
    assert evaluate("require('../shared/util')", collection, mode, roots=(str(shared),)) == 7


@pytest.fixture
def packages(collection: Path) -> Path:
    esm = {"name": "esm", "type": "module", "exports": {".": {"import": "./m.js"}}}
    mapped = {
        "name": "mapped",
        "exports": {
            ".": {"import": "./m.mjs", "require": "./c.cjs"},
            "./deep/*": "./files/*.js",
            "./deep/private": None,
            "./package.json": "./package.json",
        },
        "imports": {"#own": "./files/own.js"},
    }
    lay(
        collection / "node_modules",
        {
            "plain/package.json": '{"main": "lib"}',
            "plain/lib.js": "module.exports = ['plain', require('@scope/dep'), require('./sub')]",
            "plain/sub/index.js": "module.exports = typeof require('util').inspect",
            "@scope/dep/index.js": "module.exports = 'dep'",
            "nested/index.js": "module.exports = require('dep2')",
            "nested/node_modules/dep2/index.js": "module.exports = 'inner'",
            "dep2/index.js": "module.exports = 'outer'",
            "esm/package.json": json.dumps(esm),
            "esm/m.js": "import path, { join } from 'node:path'; export * from './x.js'; export default class Named { static at = import.meta.url; #p = join('a', 'b'); get p() { return this.#p } }",
            "esm/x.js": "export const x = 1; export { x as y }",
            "mapped/package.json": json.dumps(mapped),
            "mapped/c.cjs": "module.exports = ['c', require('#own'), require('mapped/deep/one')]",
            "mapped/m.mjs": "export default 'm'",
            "mapped/files/one.js": "module.exports = 'one'",
            "mapped/files/own.js": "module.exports = 'own'",
            "lodash/index.js": "module.exports = 'their own lodash'",
            "native/index.node": "ELF",
            "sockets/index.js": "const net = require('net'); class S extends net.Socket {}; module.exports = { try() { return net.connect(1) } }",
            "dirname/package.json": '{"type": "module"}',
            "dirname/index.js": "const __dirname = 'mine'; const __filename = 'too'; export default __dirname + __filename",
            "sync/package.json": '{"exports": [{"module-sync": "./r.mjs", "import": "./i.mjs", "default": "./c.js"}]}',
            "sync/r.mjs": "import c from './c.js'; export { c as 'module.exports' }",
            "sync/c.js": "module.exports = 'common'",
            "strict/index.js": "'use strict'; function f() {} f.toString = () => 'own'; Object.defineProperty(globalThis, Symbol.for('kept'), { value: 1 }); module.exports = String(f)",
            "workers/index.js": "const w = require('worker_threads'); module.exports = [w.isMainThread, typeof w.Worker]",
            "shell/index.js": "module.exports = require('child_process').execSync",
            "single.js": "module.exports = 'a file by itself'",
            "json/package.json": '{"main": "data.json"}',
            "json/data.json": '{"a": 1}',
        },
    )
    return collection


PACKAGES = [
    ("require('plain')", ["plain", "dep", "function"]),
    ("require('plain/sub')", "function"),
    ("require('nested')", "inner"),
    ("require('dep2')", "outer"),
    (
        "const e = require('esm'); return [e.x, e.y, new e.default().p, e.default.at.slice(0, 8)]",
        [1, 1, "a/b", "file:///"],
    ),
    ("require('mapped')", ["c", "own", "one"]),
    ("require('mapped/deep/one')", "one"),
    ("require('mapped/package.json').name", "mapped"),
    ("require('lodash')", "their own lodash"),
    ("require('json').a", 1),
    ("require('moment').utc(0).year()", 1970),
    ("typeof require('sockets').try", "function"),
    ("require('dirname').default", "minetoo"),
    ("require('sync')", "common"),
    ("require('strict')", "own"),
    ("require('workers')", [True, "function"]),
    ("require('single')", "a file by itself"),
]


def test_packages_of_node_modules(packages: Path) -> None:
    given = evaluate_all([source for source, _ in PACKAGES], packages, "developer")
    assert given == [expected for _, expected in PACKAGES]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("require('mapped/files/one')", 'not defined by "exports"'),
        ("require('mapped/deep/private')", 'not defined by "exports"'),
        ("require('native')", "Native add-ons are not loaded"),
        ("require('sockets').try()", 'Module "net" is not available to scripts: scripts have no sockets'),
        ("require('shell')()", 'Module "child_process" is not available'),
        ("require('plain/../../one')", "Could not resolve module"),
    ],
)
def test_what_a_package_may_not(packages: Path, source: str, message: str) -> None:
    with pytest.raises(ScriptFailed, match=message):
        evaluate(source, packages, "developer")


def test_packages_are_for_developer_mode(packages: Path) -> None:
    with pytest.raises(ScriptFailed, match="developer mode"):
        evaluate("require('plain')", packages)
    assert evaluate("require('lodash').chunk([1])", packages) == [[1]]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A collection in a workspace of npm's, as `npm install` lays it out."""
    root = lay(
        tmp_path / "repo",
        {
            "api/bruno.json": "{}",
            "words/package.json": '{"name": "words", "main": "lib/index.js"}',
            "words/lib/index.js": "exports.hello = () => require('./inner') + require('dep') + require('top')",
            "words/lib/inner.js": "module.exports = 'inner '",
            "words/secret.txt": "not for fs",
            "words/node_modules/dep/package.json": '{"name": "dep"}',
            "words/node_modules/dep/index.js": "module.exports = 'dep ' + require('deeper')",
            "words/node_modules/dep/node_modules/deeper/index.js": "module.exports = 'deeper '",
            "scoped/package.json": '{"name": "@acme/tool", "type": "module", "exports": {".": "./main.js"}}',
            "scoped/main.js": "import { part } from './part.js'; export const tool = part + '!';",
            "scoped/part.js": "export const part = 'esm';",
            "node_modules/top/package.json": '{"name": "top"}',
            "node_modules/top/index.js": "module.exports = 'top'",
            "store/.pnpm/aliased@1/node_modules/real-name/package.json": '{"name": "real-name"}',
            "store/.pnpm/aliased@1/node_modules/real-name/index.js": "module.exports = require('beside')",
            "store/.pnpm/aliased@1/node_modules/beside/index.js": "module.exports = 'beside'",
            "private/package.json": '{"name": "another"}',
            "private/index.js": "module.exports = 'private'",
            "plain/data.json": '{"key": 1}',
        },
    )
    modules = root / "api" / "node_modules"
    (modules / "@acme").mkdir(parents=True)
    (root / "chain").symlink_to(root / "words")
    (modules / "words").symlink_to("../../chain")
    (modules / "@acme" / "tool").symlink_to("../../../scoped")
    (modules / "aliased").symlink_to(root / "store/.pnpm/aliased@1/node_modules/real-name")
    (modules / "private").symlink_to(root / "private")
    (modules / "plain").symlink_to(root / "plain")
    return root / "api"


def test_linked_and_hoisted_packages(workspace: Path) -> None:
    sources = [
        "require('words').hello()",
        "require('@acme/tool').tool",
        "require('top')",
        "require('aliased')",
    ]
    expected = ["inner dep deeper top", "esm!", "top", "beside"]
    assert evaluate_all(sources, workspace, "developer") == expected


@pytest.mark.parametrize("source", ["require('private')", "require('plain/data.json')", "require('plain')"])
def test_a_link_leads_to_no_other_directory(workspace: Path, source: str) -> None:
    with pytest.raises(ScriptFailed, match=r"which is not a package called \"(private|plain)\""):
        evaluate(source, workspace, "developer")


@pytest.mark.parametrize(
    "source",
    [
        "require('fs').readFileSync('node_modules/words/secret.txt', 'utf8')",
        "require('fs').readFileSync('../words/secret.txt', 'utf8')",
        "require('fs').readdirSync('../node_modules')",
        "require('fs').writeFileSync('node_modules/words/lib/inner.js', '')",
        "require('../words/lib/inner')",
    ],
)
def test_links_are_for_modules_alone(workspace: Path, source: str) -> None:
    with pytest.raises(ScriptFailed, match=r"EACCES|outside of the allowed context roots"):
        evaluate(f"require('words'); return {source}", workspace, "developer")


def test_a_linked_package_that_is_denied(workspace: Path) -> None:
    services = Services("developer", Permissions(deny_read=["../words"]), workspace)
    with pytest.raises(PermissionRefused, match="deny_read"):
        services.call("module.load", ["words", str(workspace)])


@pytest.mark.parametrize(
    ("mode", "source", "near"),
    [
        ("safe", "require('lodahs')", 'Did you mean "lodash"?'),
        ("developer", "require('lodahs')", 'Did you mean "lodash"?'),
        ("safe", "require('CryptoJS')", 'Did you mean "crypto-js"?'),
        ("developer", "require('cypto')", 'Did you mean "crypto"?'),
        ("developer", "require('plian')", 'Did you mean "plain"?'),
        ("safe", "require('./lib/iner')", 'Did you mean "./lib/inner"?'),
        ("developer", "require('./lib/inner.jss')", 'Did you mean "./lib/inner.js"?'),
        ("safe", "require('lib/inner')", 'Did you mean "./lib/inner"?'),
        ("developer", "require('./lib/modlue')", 'Did you mean "./lib/module"?'),
    ],
)
def test_a_misspelt_module_names_the_nearest(
    collection: Path, packages: Path, mode: str, source: str, near: str
) -> None:
    home = packages if "plian" in source else collection
    lay(home, {"lib/module.mjs": "export default 1"})
    with pytest.raises(ScriptFailed, match=re.escape(near)):
        evaluate(source, home, mode)


def test_nothing_near_is_no_suggestion(collection: Path) -> None:
    (collection / "node.bru").write_text("")
    for source in ("require('zzzzzz')", "require('./zzzzzz')", "require('./nope')"):
        with pytest.raises(ScriptFailed) as caught:
            evaluate(source, collection, "developer")
        assert "Did you mean" not in str(caught.value)


def test_packages_that_link_outside_are_refused(packages: Path) -> None:
    lay(packages.parent / "monorepo", {"index.js": "module.exports = 'linked'"})
    (packages / "node_modules" / "linked").symlink_to(packages.parent / "monorepo")
    with pytest.raises(ScriptFailed, match="outside of the allowed context roots"):
        evaluate("require('linked')", packages, "developer")
    assert evaluate("require('linked')", packages, "developer", roots=("../monorepo",)) == "linked"
