from __future__ import annotations

import re
import runpy
import textwrap
from pathlib import Path
from typing import Any

import bruscript
from bruscript import Sandbox

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_as_the_command_is() -> None:
    page = runpy.run_path(str(DOCS / "generate_cli.py"))["page"]()
    assert (DOCS / "cli.md").read_text("utf-8") == page, "run: python docs/generate_cli.py"


def examples(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_the_examples_of_the_sandbox_run() -> None:
    names: dict[str, Any] = {}
    script, host, pool = examples(DOCS / "sandbox.md")
    exec(script, names)
    assert names["result"].ok
    assert names["result"].variables == {"count": 41, "user": 7}
    with Sandbox() as sandbox:
        sent = "result = sandbox.run_script("
        exec(host.replace("sandbox.run_script(", sent), names | {"sandbox": sandbox}, names)
    assert names["result"].ok, names["result"].error
    exec(pool, names)
    names["pool"].close()


def test_the_script_that_waits(tmp_path: Path) -> None:
    page = (DOCS / "scripting.md").read_text("utf-8")
    (script,) = re.findall(r"^To wait until.*?```js\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "bruno.json").write_text('{"name": "jobs"}')
    (tmp_path / "job.bru").write_text(
        "meta {\n  name: job\n  type: http\n}\n\nget {\n  url: http://h/job\n}\n\n"
        + "script:post-response {\n"
        + textwrap.indent(script.replace("1000", "1"), "  ")
        + "}\n"
    )
    answers = iter(["new", "running", "done", *["running"] * 40])

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("content-type", "application/json")])
        return [b'{"state": "%s"}' % next(answers).encode()]

    assert len(bruscript.run(tmp_path, app=app).results) == 3
    assert len(bruscript.run(tmp_path, app=app).results) == 30


def test_the_architecture_names_every_package() -> None:
    page = (DOCS / "architecture.md").read_text("utf-8")
    package = DOCS.parent / "bruscript"
    names = {path.name for path in package.iterdir() if (path / "__init__.py").is_file()}
    assert not {name for name in names if f"`{name}/`" not in page}
