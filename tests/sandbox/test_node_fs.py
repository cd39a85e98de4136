# ruff: noqa: E501  (a case is a line of JavaScript)
"""Node's fs in developer mode; tests/sandbox/test_permissions.py has what it must not reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox.modules_support import ScriptFailed, evaluate, evaluate_all

from bruscript.sandbox.services.permissions import Permissions

USES = [
    (
        "new Promise(r => fs.createReadStream('nope').on('error', e => r([e.code, e.syscall, e.path])))",
        ["ENOENT", "open", "nope"],
    ),
    (
        "const w = fs.createWriteStream('s.txt'); const r = []; w.on('ready', () => r.push(fs.existsSync('s.txt'))); w.write('a'); w.end('bc'); await require('events').once(w, 'close'); r.push(fs.readFileSync('s.txt', 'utf8'), w.bytesWritten); let t = ''; for await (const c of fs.createReadStream('s.txt', { encoding: 'utf8', start: 1, end: 1 })) t += c; fs.unlinkSync('s.txt'); return [...r, t]",
        [True, "abc", 3, "b"],
    ),
    (
        "return [() => fs.renameSync('no', 'x'), () => fs.copyFileSync('no', 'x'), () => fs.readFileSync('.'), () => fs.mkdirSync('.')].map(f => { try { f() } catch (e) { return e.message } })",
        [
            "ENOENT: no such file or directory, rename 'no' -> 'x'",
            "ENOENT: no such file or directory, copyfile 'no' -> 'x'",
            "EISDIR: illegal operation on a directory, read",
            "EEXIST: file already exists, mkdir '.'",
        ],
    ),
    ("require('util').promisify(fs.exists)('nope')", False),
    (
        "fs.writeFileSync('a.txt', 'hé'); fs.appendFileSync('a.txt', Buffer.from('!')); return fs.readFileSync('a.txt', 'utf8')",
        "hé!",
    ),
    (
        "[fs.statSync('a.txt').size, fs.statSync('a.txt').isFile(), fs.lstatSync('.').isDirectory()]",
        [4, True, True],
    ),
    ("[fs.existsSync('a.txt'), fs.existsSync('nope'), fs.existsSync('/etc/passwd')]", [True, False, False]),
    ("fs.readFileSync('a.txt').toString('hex')", "68c3a921"),
    (
        "fs.mkdirSync('d/e/f', { recursive: true }); fs.writeFileSync('d/e/g', ''); return fs.readdirSync('d', { recursive: true })",
        ["e", "e/f", "e/g"],
    ),
    (
        "fs.readdirSync('d/e', { withFileTypes: true }).map(e => [e.name, e.isDirectory()])",
        [["f", True], ["g", False]],
    ),
    (
        "fs.renameSync('d/e/g', 'd/h'); fs.copyFileSync('a.txt', 'd/i'); fs.rmSync('d/e', { recursive: true }); return fs.readdirSync('d')",
        ["h", "i"],
    ),
    ("fs.truncateSync('a.txt', 1); return fs.readFileSync('a.txt', { encoding: 'utf8' })", "h"),
    ("fs.unlinkSync('d/h'); fs.rmSync('never', { force: true }); return fs.existsSync('d/h')", False),
    ("require('fs/promises').readFile('a.txt', 'utf8')", "h"),
    ("fs.promises.access('nope').catch(e => e.code)", "ENOENT"),
    ("new Promise((r, j) => fs.readFile('a.txt', 'utf8', (e, t) => e ? j(e) : r(t)))", "h"),
    (
        "new Promise(r => fs.readFile('nope', e => r([e.code, e.syscall, e.path, e.errno])))",
        ["ENOENT", "open", "nope", -2],
    ),
    (
        "const { pipeline } = require('stream/promises'); await pipeline(fs.createReadStream('a.txt'), fs.createWriteStream('copy.txt'));"
        "return fs.readFileSync('copy.txt', 'utf8')",
        "h",
    ),
    ("try { fs.writeFileSync('a.txt', '', { flag: 'wx' }) } catch (e) { return e.code }", "EEXIST"),
    ("try { fs.rmdirSync('d') } catch (e) { return e.code }", "ENOTEMPTY"),
    ("try { fs.readFileSync('d') } catch (e) { return e.code }", "EISDIR"),
    (
        "try { fs.readFileSync('/etc/passwd') } catch (e) { return [e.code, /allow_read/.test(e.message)] }",
        ["EACCES", True],
    ),
    (
        "try { fs.writeFileSync('../x', '') } catch (e) { return [e.code, /allow_write/.test(e.message)] }",
        ["EACCES", True],
    ),
    ("try { fs.readFileSync('a.txt\\0') } catch (e) { return e.code }", "ERR_INVALID_ARG_VALUE"),
    (
        "try { fs.readFileSync(5) } catch (e) { return [e.name, e.code] }",
        ["TypeError", "ERR_INVALID_ARG_TYPE"],
    ),
    ("fs.statSync('nope', { throwIfNoEntry: false }) === undefined", True),
]


def test_files(tmp_path: Path) -> None:
    sources = [source if "return " in source else f"return ({source})" for source, _ in USES]
    given = evaluate_all([f"const fs = require('fs'); {source}" for source in sources], tmp_path, "developer")
    assert given == [expected for _, expected in USES]
    assert (tmp_path / "copy.txt").read_text() == "h"


@pytest.mark.parametrize("name", ["symlink", "link", "chmod", "open", "watch"])
def test_what_is_not_there_says_why(name: str, tmp_path: Path) -> None:
    with pytest.raises(ScriptFailed, match=f"fs.{name} is not available to scripts: "):
        evaluate(f"require('fs').{name}Sync?.('a', 'b') ?? require('fs').{name}('a')", tmp_path, "developer")


def test_permissions_reach_the_script(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").write_text("x")
    permissions = Permissions(allow_read=["data"], allow_write=[])
    assert (
        evaluate(
            "require('fs').readFileSync('data/x', 'utf8')", tmp_path, "developer", permissions=permissions
        )
        == "x"
    )
    with pytest.raises(ScriptFailed, match="allow_write"):
        evaluate("require('fs').writeFileSync('data/y', '')", tmp_path, "developer", permissions=permissions)
