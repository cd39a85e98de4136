"""`compare --reference --wire --stub` on every fixture collection: only differences on purpose are left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from compat.recorder import recording
from compat.reference import HOME, settled

pytestmark = pytest.mark.reference

FIXTURES = Path(__file__).parents[2] / "fixtures"
BRU = HOME / "node_modules" / ".bin" / "bru"
VARIABLES = {"ECHO": "http://echo.test", "ECHO_HOST": "echo.test", "ECHO_PORT": "80", "TOKEN": "t0ken"}
IDP = ["--env-var", "idp=https://idp.test", "--env-var", "machineSecret=m", "--env-var", "adaPassword=a"]
COLLECTIONS = {
    "api": ["--env", "local", "--env-var", "base=http://localhost:9"],
    "demo": [],
    "failures": ["--env-var", "base=https://failures.test", "--env-var", "urls={}"],
    "http": [],
    "modules/developer": ["--env-var", "host=http://modules.test"],
    "modules/safe": ["--sandbox", "safe", "--env-var", "host=http://modules.test"],
    "oauth2/grants": IDP,
    "oauth2/life": IDP,
}


def compare(collection: Path, *options: str) -> tuple[int, str]:
    # The reference takes seconds for the scripts of its safe mode.
    mode = () if "--sandbox" in options else ("--sandbox", "developer")
    command = [sys.executable, "-m", "bruscript", "compare", "--reference", str(collection)]
    done = subprocess.run(
        [*command, "--bru", str(BRU), "--wire", *options, *mode],
        env={**os.environ, **VARIABLES, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr.removeprefix("Waiting for `bru run`, for at most 1800 s (--timeout) …\n")
    return done.returncode, done.stdout


def test_every_collection_is_here() -> None:
    roots = {path.parent.relative_to(FIXTURES).as_posix() for path in FIXTURES.rglob("bruno.json")}
    assert roots == set(COLLECTIONS)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_only_differences_on_purpose_are_left(name: str) -> None:
    status, shown = settled(
        lambda: compare(FIXTURES / name, "--stub", "-r", *COLLECTIONS[name]), lambda answer: answer[0] == 0
    )
    assert (status, shown.splitlines()[-1].endswith(("No other differences.", "No difference."))) == (
        0,
        True,
    ), shown


FILES = {
    "bruno.json": '{"version": "1", "name": "c", "type": "collection"}',
    "collection.bru": "auth {\n  mode: bearer\n}\n\nauth:bearer {\n  token: hush-hush\n}\n",
    "public/folder.bru": "auth {\n  mode: none\n}\n",
    "public/a.bru": "get {\n  url: {{host}}/a\n  body: none\n  auth: inherit\n}\n"
    "\nheaders {\n  Host: tenant.test\n  X: 1\n  X: 2\n}\n",
    "scripts.bru": "get {\n  url: {{host}}/b/:id?name=a b\n  body: none\n  auth: none\n}\n"
    "\nparams:path {\n  id: ü\n}\n\nsettings {\n  encodeUrl: true\n}\n"
    "\nscript:pre-request {\n  await fetch(bru.getEnvVar('host') + '/fetched');\n"
    "  await require('node-fetch')(bru.getEnvVar('host') + '/posted', { method: 'POST', body: 'x' });\n"
    "  await bru.sendRequest({ url: bru.getEnvVar('host') + '/sent' });\n}\n",
}
DELIBERATE = [
    "A folder's `auth: none` ends",
    "A header that a file has several times",
    "With `encodeUrl`",
]


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        name = path.stem
        meta = f"meta {{\n  name: {name}\n  type: http\n}}\n\n" if "url:" in text else ""
        path.write_text(meta + text)
    return tmp_path


def test_deliberate_differences_are_marked(collection: Path) -> None:
    status, shown = compare(collection, "--stub", "-r", "--env-var", "host=https://nowhere.invalid")
    assert status == 0, shown
    marked = [line for line in shown.splitlines() if line.startswith("    on purpose: docs/differences.md, ")]
    assert [sum(row in line for line in marked) for row in DELIBERATE] == [1, 1, 1]
    assert "hush-hush" not in shown


def test_servers_are_reached_without_stub(collection: Path) -> None:
    with recording() as server:
        status, shown = compare(collection, "-r", "--env-var", f"host={server.url}")
    assert status == 0, shown
    # Each run's, and none for the second run of ours, which gets the recorded answers.
    arrived = sorted(arrival.target.partition("?")[0] for arrival in server.arrivals)
    assert arrived == sorted(["/a", "/b/%C3%BC", "/fetched", "/posted", "/sent"] * 2)


def test_words_of_dotenv_in_names(tmp_path: Path) -> None:
    """The reference masks them in names of files and tests, whose outcomes are compared all the same."""
    files = {
        "bruno.json": '{"version": "1", "name": "c", "type": "collection"}',
        ".env": "STAGE=test\nADMIN_USER=admin\nDEBUG=true\n",
        "admin/test.bru": "meta {\n  name: test\n  type: http\n}\n\nget {\n  url: http://h.test/\n}\n\n"
        'tests {\n  test("test is admin", () => expect(1).to.equal(1));\n}\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    status, shown = compare(tmp_path, "--stub", "-r")
    assert (status, shown.splitlines()[-1]) == (0, "2 on purpose. No other differences."), shown
