"""The options of permissions, as a command line gives them."""

from __future__ import annotations

from pathlib import Path

import pytest
from apps.answering import ANSWERING
from cli.invoke import Invoke

SCRIPT = """script:pre-request {
  const fs = require("fs");
  const can = (action) => { try { action(); return "yes"; } catch (error) { return "no"; } };
  console.log("read " + can(() => fs.readFileSync("notes.txt")));
  console.log("write " + can(() => fs.writeFileSync("new.txt", "")));
  console.log("env " + (process.env.MY_KEY || "none"));
  let net = "yes";
  try { await bru.sendRequest({ url: "http://app.test/x" }); } catch (error) { net = "no"; }
  console.log("net " + net);
}"""


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "a", "type": "collection"}')
    (tmp_path / "a.bru").write_text(
        f"meta {{\n  name: a\n}}\n\nget {{\n  url: http://app.test/a\n}}\n\n{SCRIPT}\n"
    )
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "app.py").write_text(ANSWERING)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MY_KEY", "set")
    return tmp_path


RUN = ("run", "--app", "app.py:app", "--sandbox", "developer")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ((), {"read yes", "write yes", "env set", "net yes"}),
        (("--allow-read", ""), {"read no", "write yes", "env set", "net yes"}),
        (("--allow-write=",), {"read yes", "write no", "env set", "net yes"}),
        (("--allow-env", ""), {"read yes", "write yes", "env none", "net yes"}),
        (("--allow-net", ","), {"read yes", "write yes", "env set", "net no"}),
        (("--deny-env", "OTHER, MY_KEY"), {"read yes", "write yes", "env none", "net yes"}),
        (("--deny-read", "other, notes.txt"), {"read no", "write yes", "env set", "net yes"}),
    ],
)
def test_what_scripts_may_do(bruscript: Invoke, api: Path, args: tuple[str, ...], says: set[str]) -> None:
    outcome = bruscript(*RUN, *args)
    words = ("read", "write", "env", "net")
    assert {line.strip() for line in outcome.out.splitlines() if line.strip().startswith(words)} == says


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (
            ("--deny-read", "*.txt"),
            "The path '*.txt' in --deny-read is not valid: it does not exist, and patterns",
        ),
        (("--deny-read=~/.ssh",), "The path '~/.ssh' in --deny-read is not valid: ~ is not expanded"),
        (("--deny-env", "MY*"), "The variable 'MY*' in --deny-env is not valid"),
        (("--deny-net", "api.*"), "The host 'api.*' in --deny-net is not valid\nWrite HOST or HOST:PORT"),
        (
            ("--allow-net", "http://app.test"),
            "is not valid\nWrite HOST or HOST:PORT, without a scheme or a path",
        ),
        (("--allow-net", "--bail"), "Option '--allow-net' requires a value"),
    ],
)
def test_what_no_permission_knows_is_a_mistake(
    bruscript: Invoke, api: Path, args: tuple[str, ...], says: str
) -> None:
    outcome = bruscript(*RUN, *args)
    assert (outcome.status, outcome.out) == (1, "")
    assert says in outcome.err
