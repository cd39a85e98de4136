"""The wheel and the sdist: made from a clean tree; what is installed runs without Node or network."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from pages.blocks import blocks
from pages.runners import steady

pytestmark = pytest.mark.reference

ROOT = Path(__file__).resolve().parent.parent
GUIDE = "docs/getting-started.md"
LIBRARIES = (
    "chai",
    "lodash",
    "moment",
    "uuid",
    "nanoid",
    "crypto-js",
    "ajv",
    "tv4",
    "atob",
    "btoa",
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout as a clone has it: nothing that a build made."""
    copy = tmp_path_factory.mktemp("packaging") / "tree"
    made = shutil.ignore_patterns(
        ".git", "node_modules", "bundles", "build", "dist", "__pycache__", ".*_cache", ".venv"
    )
    shutil.copytree(ROOT, copy, ignore=made)
    return copy


@pytest.fixture(scope="module")
def built(tree: Path) -> dict[str, Path]:
    """The sdist, and the wheel that was built from it."""
    run(sys.executable, "-m", "build", "--outdir", str(tree / "out"), str(tree))
    return {path.suffix: path for path in (tree / "out").iterdir()}


def run(*command: str, environment: dict[str, str] | None = None) -> str:
    # Elsewhere, so that the checkout is not what is imported.
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=tempfile.gettempdir(), check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_wheel_has_what_an_installed_bruscript_needs(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built[".whl"]) as wheel:
        names = set(wheel.namelist())
    for library in LIBRARIES:
        assert f"bruscript/sandbox/bundles/{library}.js" in names
    assert {"bruscript/sandbox/bundles/LICENSES.txt", "bruscript/sandbox/js/kernel/modules.js"} <= names
    assert {f"bruscript/sandbox/bundles/{name}.json" for name in ("media-types", "words")} <= names
    assert {"bruscript/_grammar/request.lark", "bruscript/_grammar/tables.json"} <= names
    assert not [name for name in names if "node_modules" in name or name.startswith(("tests/", "libraries/"))]


def test_the_sdist_has_the_sources_and_the_bundles(built: dict[str, Path]) -> None:
    with tarfile.open(built[".gz"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {
        "package.json",
        "package-lock.json",
        "libraries/bundle.mjs",
        "libraries/keep.mjs",
        "libraries/words.mjs",
        "hatch_build.py",
        "grammar/request.lark",
    } <= names
    assert "bruscript/sandbox/bundles/chai.js" in names
    assert not [name for name in names if name.startswith(("node_modules", "build/", ".git/"))]


def test_the_installed_wheel_runs_without_node_or_network(built: dict[str, Path], tmp_path: Path) -> None:
    site = tmp_path / "site"
    run(
        *(sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", str(site)),
        str(built[".whl"]),
    )
    collection = tmp_path / "collection"
    shutil.copytree(ROOT / "fixtures" / "demo", collection)
    required = "".join(f"  require('{library}');\n" for library in LIBRARIES)
    (collection / "libraries.bru").write_text(
        "meta {\n  name: libraries\n  type: http\n}\n\nget {\n  url: {{baseUrl}}/books\n}\n\n"
        f"script:pre-request {{\n{required}}}\n"
    )
    # No Node on the path, and no way to a registry.
    environment = {"PATH": str(tmp_path), "PYTHONPATH": str(site), "HOME": str(tmp_path)}
    where = run(sys.executable, "-c", "import bruscript; print(bruscript.__file__)", environment=environment)
    assert Path(where.strip()).is_relative_to(site)
    app = f"{collection / 'server.py'}:app"
    shown = run(
        *(sys.executable, "-m", "bruscript", "run", str(collection), "-r", "--app", app),
        environment=environment,
    )
    assert "libraries" in shown
    assert "PASS" in shown


def test_the_installation_is_no_larger_than_documented(built: dict[str, Path], tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    python = environment / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", str(python), "install", "-q", str(built[".whl"]))
    site = run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    # As `du` counts.
    size = sum(path.lstat().st_blocks * 512 for path in Path(site).rglob("*"))
    assert size <= 150 * 2**20


WAIT = """
import socket, time
while socket.socket().connect_ex(("127.0.0.1", {port})):
    time.sleep(0.05)
"""


def test_a_beginner_gets_started_in_a_fresh_environment(built: dict[str, Path], tmp_path: Path) -> None:
    """A shell runs the page's commands; only the port is another, and `pip` takes the wheel just built."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    page = [(block.language, block.text.replace("8123", str(port))) for block in blocks(GUIDE)]
    install, server, start, first, passed, book, second, failed, report = (text for _, text in page)
    for name, text in (("server.py", server), ("book.bru", book), ("wait.py", WAIT.format(port=port))):
        (tmp_path / name).write_text(text)
    (tmp_path / "constraints.txt").write_text(f"bruscript @ {built['.whl'].as_uri()}\n")
    files = str(tmp_path)
    lines = [
        f"exec 2>&1\n{install}",
        f"cp {files}/server.py .\n{start}",
        f"python {files}/wait.py",
        first,
        f"cp {files}/book.bru .\n{second}",
        f"sed -i 's/id: 2/id: 1/' book.bru\n{second}",
        report,
    ]
    # Groups, not subshells: the directory stays.
    script = "".join(
        f"{{ {step}\n}} >{files}/{n}.out\necho $? >>{files}/status\n" for n, step in enumerate(lines)
    )
    run(sys.executable, "-m", "venv", str(tmp_path / "environment"))
    done = subprocess.run(
        ["bash", "-c", f"trap 'kill $(jobs -p)' EXIT\n{script}"],
        cwd=tmp_path,
        env={
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "PATH": f"{tmp_path / 'environment' / 'bin'}:{os.environ['PATH']}",
            "PIP_CONSTRAINT": str(tmp_path / "constraints.txt"),
            "NO_COLOR": "1",
        },
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    printed = [steady((tmp_path / f"{n}.out").read_text("utf-8")) for n in range(len(lines))]
    assert (tmp_path / "status").read_text().split() == ["0", "0", "0", "0", "1", "0", "0"], (
        printed,
        done.stderr,
    )
    assert steady(passed) in printed[3]
    assert steady(failed) in printed[4]
    assert "<testsuites>" in (tmp_path / "shop" / "report.xml").read_text()
    assert (tmp_path / "shop" / "report.html").is_file()


def test_a_failing_npm_is_explained_and_leaves_nothing_half_made(tree: Path, tmp_path: Path) -> None:
    broken = tmp_path / "tree"
    shutil.copytree(tree, broken, ignore=shutil.ignore_patterns("out", "bundles", "build"))
    settings = {
        "npm_config_offline": "true",
        "npm_config_cache": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(broken)],
        capture_output=True,
        text=True,
        env={**os.environ, **settings},
        check=False,
    )
    assert done.returncode != 0
    assert "Bundling the JavaScript libraries failed" in done.stdout + done.stderr
    assert not (broken / "bruscript" / "sandbox" / "bundles").exists()
    assert list((broken / "build").iterdir()) == []


def test_an_unchanged_tree_is_not_bundled_again(tree: Path, built: dict[str, Path], tmp_path: Path) -> None:
    # The tree has its bundles from the sdist's build; without a registry a second build can only use them.
    settings = {
        "npm_config_offline": "true",
        "npm_config_cache": str(tmp_path),
    }
    run(
        *(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(tree)),
        environment={**os.environ, **settings},
    )
    assert list(tmp_path.glob("*.whl"))


def test_the_lock_names_no_registry() -> None:
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
