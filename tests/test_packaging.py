"""The wheel and the sdist: made from a clean tree; what is installed runs without Node or network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.reference

ROOT = Path(__file__).resolve().parent.parent
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
