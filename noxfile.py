"""Every check, by name: `nox -s tests`, `nox -s lint` … `.ci/run` runs them all.

In an environment that has the extra `dev` already, `nox --no-venv` saves making one per session.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
JS = ROOT / ".ci" / "js"
MARKED = "reference or servers or browser"

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["tests", "lint", "types", "docs"]


def _install(session: nox.Session, extra: str) -> None:
    """Install bruscript with an extra, unless the session runs in an environment that exists already."""
    if session.virtualenv.is_sandboxed:
        session.install(f".[{extra}]")


def _npm(session: nox.Session) -> Path:
    """Install what checks our JavaScript, and return the directory of its commands."""
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund")
    session.run("npm", "ci", *quiet, "--prefix", str(JS), external=True)
    return JS / "node_modules" / ".bin"


@nox.session
def tests(session: nox.Session) -> None:
    """The tests that pass wherever pip works."""
    _install(session, "test")
    session.run("pytest", *session.posargs)


@nox.session
def compat(session: nox.Session) -> None:
    """The tests with the reference, servers and a browser; `.ci/run` installs what they need."""
    _install(session, "dev")
    session.run("pytest", "-n", "2", "-m", MARKED, *session.posargs)
    if not session.posargs:
        # More of hypothesis' examples than the default tests have time for.
        more = {"BRUSCRIPT_EXAMPLES": "3"}
        session.run("pytest", "-q", "-n", "2", "-m", f"hypothesis and not ({MARKED})", env=more)


@nox.session
def coverage(session: nox.Session) -> None:
    """The default tests once more, measured; code that runs in worker processes counts too."""
    _install(session, "dev")
    session.run("coverage", "erase")
    # Whether they pass, `tests` says; a measured test is several times as slow.
    run = ("coverage", "run", "-m", "pytest", "-q", "-n", "2", "-p", "covered")
    # Python 3.12 can count lines for a fraction of what tracing them takes.
    core = {"COVERAGE_CORE": "sysmon"} if sys.version_info >= (3, 12) else {}
    session.run(*run, *session.posargs, env=core, success_codes=[0, 1])
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation as pages in `site/`; a link that leads nowhere is an error."""
    _install(session, "docs")
    session.run("mkdocs", "build", "--strict", "--quiet", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, the import contracts, and eslint over all JavaScript of ours."""
    _install(session, "dev")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", env={**os.environ, "PYTHONPATH": str(ROOT)})
    session.run(str(_npm(session) / "eslint"), "-c", ".ci/js/eslint.config.mjs", ".", external=True)


@nox.session
def types(session: nox.Session) -> None:
    """mypy over package and tests, tsc over our JavaScript: in the isolate, in Node, in a report's page."""
    _install(session, "dev")
    session.run("mypy")
    tsc = str(_npm(session) / "tsc")
    for config in sorted(JS.glob("*tsconfig.json")):
        session.run(tsc, "-p", str(config), external=True)
