"""Temporary files of scripts: a directory of the run's own, gone at its end."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

WORK = """script:pre-request {
  const fs = require("fs"), os = require("os"), path = require("path");
  const root = os.tmpdir();
  bru.setVar("root", root);
  test("everything works there", async () => {
    expect(process.env.TMPDIR).to.equal(root);
    const file = path.join(root, "note.txt");
    fs.writeFileSync(file, "one");
    fs.appendFileSync(file, " two");
    fs.renameSync(file, file + ".old");
    expect(fs.readFileSync(file + ".old", "utf8")).to.equal("one two");
    fs.copyFileSync(file + ".old", file);
    fs.unlinkSync(file + ".old");
    expect(fs.readdirSync(root)).to.deep.equal(["note.txt"]);
    const inner = fs.mkdtempSync(path.join(root, "in-"));
    await fs.promises.writeFile(path.join(inner, "deep"), "x");
    expect((await fs.promises.stat(path.join(inner, "deep"))).size).to.equal(1);
    await new Promise((resolve, reject) => {
      const stream = fs.createWriteStream(path.join(inner, "stream"));
      stream.on("finish", resolve).on("error", reject);
      stream.end("streamed");
    });
    expect(fs.readFileSync(path.join(inner, "stream"), "utf8")).to.equal("streamed");
    fs.rmSync(inner, { recursive: true });
    expect(fs.existsSync(inner)).to.equal(false);
  });
  test("the rest of it stays closed", () => {
    expect(() => fs.readdirSync(path.dirname(root))).to.throw("EACCES");
    expect(() => fs.writeFileSync(path.dirname(root) + "/other", "")).to.throw("EACCES");
    expect(() => fs.readFileSync("OUTSIDE", "utf8")).to.throw("EACCES");
  });
}
"""

SENDS = """post {
  url: http://app.test/%s
  body: %s
}

body:file {
  file: @file({{root}}/note.txt) @contentType(text/plain)
}

body:multipart-form {
  one: @file({{root}}/note.txt)
}
"""


def test_a_directory_of_the_run(make: Any, echo: Any, tmp_path: Path) -> None:
    outside = Path(tempfile.gettempdir()) / f"bruscript-test-{os.getpid()}"
    outside.write_text("someone else's")
    try:
        files = {
            "a.bru": WORK.replace("OUTSIDE", str(outside)),
            "b.bru": SENDS % ("b", "file"),
            "c.bru": SENDS % ("c", "multipartForm"),
        }
        result = make(files).run(app=echo, sandbox="developer")
    finally:
        outside.unlink()
    assert [check.get("error") for item in result.results for check in item.checks] == [None, None]
    assert [item.error for item in result.results] == [None] * 3
    assert echo.requests[1]["body"] == "one two"
    assert "one two" in echo.requests[2]["body"]


def test_it_is_gone_afterwards_and_no_other_run_sees_it(make: Any, echo: Any) -> None:
    script = (
        "script:pre-request {\n  const root = require('os').tmpdir();\n"
        "  require('fs').writeFileSync(root + '/left', '');\n  req.setHeader('x-root', root);\n"
        "  req.setHeader('x-files', require('fs').readdirSync(root).join());\n}\n"
    )
    collection = make({"a.bru": script})
    for _ in range(2):
        assert collection.run(app=echo, sandbox="developer", allow_read=(), allow_write=()).ok
    first, second = (seen["headers"] for seen in echo.requests)
    assert first["x-root"] != second["x-root"]
    assert first["x-files"] == second["x-files"] == "left"
    assert not any(os.path.exists(seen["x-root"]) for seen in (first, second))


def test_a_run_that_wants_none_makes_none(make: Any, echo: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    (tmp_path / "none").mkdir()
    script = "script:pre-request {\n  bru.setVar('a', require('path').join('a', 'b'))\n}\n"
    assert make({"a.bru": script}).run(app=echo, sandbox="developer").ok
    assert list((tmp_path / "none").iterdir()) == []


def test_what_is_denied_stays_denied(make: Any, echo: Any) -> None:
    script = "script:pre-request {\n  require('fs').writeFileSync(require('os').tmpdir() + '/x', '')\n}\n"
    result = make({"a.bru": script}).run(app=echo, sandbox="developer", deny_write=(tempfile.gettempdir(),))
    assert "deny_write" in str(result.results[0].error)
