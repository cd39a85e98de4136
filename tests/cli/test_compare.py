"""`compare --reference`, with a command in Bruno's place that sends something else."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from cli.invoke import Invoke
from compat.recorder import recording

from bruscript.cli.reference_options import run_options

BRU = f"""#!{sys.executable}
import json, os, sys
from pathlib import Path

for path in Path.cwd().glob("*.bru"):
    path.write_text(path.read_text().replace("ours", "theirs"))
arguments = sys.argv[1:]
Path({{seen!r}}).write_text(json.dumps(arguments))
environment = dict(os.environ)
if "BRUSCRIPT_RECORDING_PORT" in environment:
    arguments.remove("--noproxy")
    environment["http_proxy"] = "http://127.0.0.1:" + environment["BRUSCRIPT_RECORDING_PORT"]
os.execve(sys.executable, [sys.executable, "-m", "bruscript", *arguments], environment)
"""
REQUEST = """meta {
  name: a
  type: http
}

post {
  url: {{host}}/%s
  body: json
  auth: none
}

headers {
  X-Id: {{$guid}}
}

body:json {
  {"from": "%s"}
}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "collection"
    root.mkdir()
    (root / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    (root / "env.json").write_text('{"variables": [{"name": "host", "value": "http://nowhere.invalid"}]}')
    bru = tmp_path / "bin" / "bru"
    bru.parent.mkdir()
    bru.write_text(BRU.format(seen=str(tmp_path / "seen.json")))
    bru.chmod(bru.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(bru.parent), prepend=os.pathsep)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    return root


def test_what_was_sent_counts(bruscript: Invoke, root: Path) -> None:
    (root / "a.bru").write_text(REQUEST % ("a", "ours"))
    outcome = bruscript("compare", "--stub", "--reference", str(root), "--wire", "--env-file", "env.json")
    assert (outcome.status, outcome.err) == (1, "")
    assert outcome.out.splitlines() == [
        "POST http://nowhere.invalid/a (a.bru)",
        "  body",
        '    bru        {"from": "theirs"}',
        '    bruscript  {"from": "ours"}',
        "",
        "1 difference.",
    ]
    # Without --wire only outcomes count, which are the same.
    outcome = bruscript("compare", "--stub", "--reference", str(root), "--env-file", "env.json")
    assert (outcome.status, outcome.out) == (0, "No difference.\n")


def test_servers_see_each_run_once(bruscript: Invoke, root: Path) -> None:
    (root / "a.bru").write_text(REQUEST % ("a", "same"))
    with recording() as server:
        outcome = bruscript("compare", "--reference", str(root), "--wire", "--env-var", f"host={server.url}")
    assert (outcome.status, outcome.out) == (0, "No difference.\n")
    assert [arrival.target for arrival in server.arrivals] == ["/a", "/a"]


def test_options_are_handed_on_as_they_are(bruscript: Invoke, root: Path) -> None:
    (root / "a.bru").write_text(REQUEST % ("a", "same"))
    ours = ["--script-timeout", "5", "--no-persist", "--reporter-junit", "r.xml"]
    both = ["a.bru", "--env-var", "host=http://h", "--tests-only"]
    outcome = bruscript(
        "compare", "--reference", str(root), *both, "--stub", *ours, "--pass-with-no-requests"
    )
    assert (outcome.status, outcome.out) == (0, "No difference.\n")
    seen = json.loads((root.parent / "seen.json").read_text())
    assert seen[: len(both) + 2] == ["run", *both, "--cacert"]
    assert "r.xml" not in seen


def test_an_unknown_option_is_a_mistake(bruscript: Invoke, root: Path) -> None:
    outcome = bruscript("compare", "--reference", str(root), "--wier")
    assert outcome.status == 1
    assert "--wier" in outcome.err
    assert not (root.parent / "seen.json").exists()


@pytest.mark.parametrize("arguments", [["--wire", "a.json", "b.json"], ["--stub"], ["a.json"]])
def test_wire_and_stub_need_the_reference(bruscript: Invoke, arguments: list[str]) -> None:
    outcome = bruscript("compare", *arguments)
    assert outcome.status == 1
    assert "--reference COLLECTION" in outcome.err


def test_which_options_each_gets(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outside.bru").write_text("vars {\n}\n")
    (root / "sub").mkdir()
    given = [
        *["collection/sub", "-r", "--env-file", "outside.bru", "--json-file-path=env.json", "--bail", "true"],
        *[
            "--cacert",
            "ca.pem",
            "--noproxy",
            "--quiet",
            "--prompt",
            "a=b",
            "--allowRead",
            "x",
            "-o",
            "out.json",
        ],
        *["--reporter-skip-headers", "a", "b", "--parallel", "3", "--env-var", "x=-1"],
    ]
    options, understood = run_options(root, given, proxied=True)
    both = ["sub", "-r", "--env-file", "../files/outside.bru", "--json-file-path=env.json", "--bail", "true"]
    rest = ["--reporter-skip-headers", "a", "b", "--parallel", "3", "--env-var", "x=-1"]
    assert options.theirs == [*both, *rest]
    assert options.ours == [*both, "--quiet", "--prompt", "a=b", "--allowRead", "x", *rest]
    assert options.beside == {"files/outside.bru": (tmp_path / "outside.bru").resolve()}
    assert understood["cacert"] == "ca.pem"


def test_bruno_is_not_given_what_it_does_not_know(root: Path) -> None:
    """It has `-r` and `--verbose` alone, and would refuse to run with `--retries`."""
    given = [
        "--recursive",
        "-v",
        "--verbose",
        "--no-bail",
        "--retries",
        "2",
        "--retry-delay=5",
        "--no-mask",
        "x",
    ]
    options, _ = run_options(root, given, proxied=False)
    assert options.theirs == ["-r", "--verbose", "--no-bail"]
    assert options.ours == ["-r", *given[1:]]


def test_the_workspace_comes_along(root: Path) -> None:
    (root.parent / "workspace.yml").write_text("opencollection: 1.0.0\n")
    (root.parent / "environments").mkdir()
    options, _ = run_options(root, ["--workspace-path", str(root.parent)], proxied=False)
    assert options.theirs == options.ours == []
    assert sorted(options.beside) == ["environments", "workspace.yml"]


def test_the_collections_own_proxy_is_not_used(bruscript: Invoke, root: Path) -> None:
    (root / "a.bru").write_text(REQUEST % ("a", "same"))
    proxy = {"inherit": False, "config": {"protocol": "http", "hostname": "127.0.0.1", "port": 9}}
    (root / "bruno.json").write_text(
        json.dumps({"version": "1", "name": "c", "type": "collection", "proxy": proxy})
    )
    outcome = bruscript("compare", "--reference", str(root), "--stub", "--wire", "--env-file", "env.json")
    assert (outcome.status, outcome.out) == (0, "No difference.\n")
    assert "proxy" in (root / "bruno.json").read_text()


def test_a_yaml_collections_own_proxy_is_not_used(bruscript: Invoke, root: Path) -> None:
    (root / "bruno.json").unlink()
    (root / "opencollection.yml").write_text(
        "opencollection: 1.0.0\ninfo:\n  name: c\nconfig:\n  proxy:\n    inherit: false\n"
        "    config:\n      protocol: http\n      hostname: 127.0.0.1\n      port: 9\n"
    )
    (root / "a.yml").write_text(
        "info:\n  name: a\n  type: http\nhttp:\n  method: GET\n  url: http://nowhere.invalid/a\n"
    )
    outcome = bruscript("compare", "--reference", str(root), "--stub", "--wire")
    assert (outcome.status, outcome.out) == (0, "No difference.\n"), outcome.err
