"""What is done with a block, by its language."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from cli.invoke import Invoke
from pages.blocks import ROOT, Block, read_toml
from pages.shell import Shell
from pages.stage import Stage

import bruscript
from bruscript.collection import config

METHOD = "get {\n  url: {{host}}/x\n  body: none\n  auth: inherit\n}\n"
META = "meta {\n  name: block\n  type: http\n}\n"
OAUTH2 = "auth {\n  mode: oauth2\n}\n"
CLIENT = (
    "auth:oauth2 {\n  grant_type: client_credentials\n  access_token_url: {{host}}/token\n  client_id: c\n}\n"
)
YML_COLLECTION = """opencollection: 1.0.0
info:
  name: shop
request:
  auth:
    type: basic
    username: ann
    password: "{{process.env.PASSWORD}}"
"""
READ = {*config._SHAPES, *config._SECTIONS, ("proxy", "inherit"), ("clientCertificates", "enabled")}
"""What is read of `bruno.json`, by its path."""
PRELUDE = "const url = bru.getEnvVar('host') + '/gone';\n"


class Page:
    """Runs the blocks of one page in turn: names of Python and what was printed pass from block to block."""

    def __init__(
        self, stage: Stage, bruscript: Invoke, monkeypatch: pytest.MonkeyPatch, names: dict[str, Any]
    ) -> None:
        self.stage = stage
        self.shell = Shell(stage, bruscript, monkeypatch)
        self.bruscript = bruscript
        self.monkeypatch = monkeypatch
        self.names = names
        self.output: str | None = None
        """What the last block printed; None if it did not run."""
        self.quick = False
        """Whether commands whose output the page does not show are only parsed, and pytest's are left out."""
        self.shown = False
        """Whether the next block is what this one prints."""

    def run(self, block: Block, following: Block | None = None) -> None:
        """Run a block. Raises KeyError for a language that has no runner."""
        self.shown = following is not None and following.language == "text"
        RUNNERS[block.language](self, block)

    def sh(self, block: Block) -> None:
        """Run the commands; each has to succeed."""
        parses_only = self.quick and (not self.shown or block.text.startswith("pytest "))
        self.shell.run(block.text, parses_only=parses_only)
        self.output = None if parses_only else self.shell.output

    def console(self, block: Block) -> None:
        """Run what stands after `$`, and compare what it prints."""
        command, _, shown = block.text.removeprefix("$ ").partition("\n")
        self.shell.run(command, (0, 1))
        same(shown, self.shell.output)

    def text(self, block: Block) -> None:
        """Compare with what the block before it printed."""
        if self.quick and self.output is None:
            return
        assert self.output is not None, "the block before it printed nothing"
        same(block.text, self.output)

    def python(self, block: Block) -> None:
        """Execute the code where its files are."""
        directory = ROOT if "fixtures/" in block.text else self.stage.shop
        self.monkeypatch.chdir(self.stage.root if '"shop"' in block.text else directory)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block.text, str(block), "exec"), self.names)
        self.output = printed.getvalue()

    def js(self, block: Block) -> None:
        """Run the script after a request."""
        script = block.text.replace("https://{{host}}", "{{host}}").replace(
            "https://example.org", self.stage.url
        )
        request = (self.stage.shop / "health.bru").read_text("utf-8")
        text = "".join(f"  {line}\n" for line in (PRELUDE + script).splitlines())
        self.stage.write("shop/health.bru", f"{request}\nscript:post-response {{\n{text}}}\n")
        outcome = self.bruscript("run", str(self.stage.shop / "health.bru"), "--env", "local")
        assert outcome.status == 0, outcome.out + outcome.err

    def bru(self, block: Block) -> None:
        """Check the block as a file of a collection; a piece of a file is made whole."""
        path, text = whole(block.text)
        self.stage.remove("shop")
        self.stage.write("shop/bruno.json", '{"version": "1", "name": "shop", "type": "collection"}')
        if path != "collection.bru":
            self.stage.write("shop/collection.bru", OAUTH2 + "\n" + CLIENT)
        self.stage.write(f"shop/{path}", text)
        self._check()

    def yaml(self, block: Block) -> None:
        """Check a request; of others, check what they name of ours."""
        content = yaml.safe_load(block.text)
        if "info" in content:
            assert bruscript.parse(block.text, format="yml").to_json()
            self.stage.remove("shop")
            self.stage.write("shop/opencollection.yml", YML_COLLECTION)
            self.stage.write("shop/block.yml", block.text)
            self._check()
            return
        hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
        action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
        used = steps(content)
        for step in used:
            if step.get("uses", "").startswith("bruscript/"):
                assert set(step["with"]) <= set(action["inputs"])
            if "hooks" in step:
                assert {hook["id"] for hook in step["hooks"]} <= hooks
        assert any(
            word in json.dumps(used) for word in ("bruscript run", "bruscript/bruscript", "bruscript-check")
        )

    def json(self, block: Block) -> None:
        """Check a collection whose `bruno.json` has the values; lines that are objects are certificates."""
        try:
            values = json.loads(block.text)
        except ValueError:
            certificates = [json.loads(line) for line in block.text.splitlines()]
            values = {"clientCertificates": {"enabled": True, "certs": certificates}}
            for name in re.findall(r'FilePath": "([^"]+)"', block.text):
                self.stage.write(f"shop/{name}", "")
        (self.stage.root / "shared-scripts").mkdir(exist_ok=True)
        settings = json.loads((self.stage.shop / "bruno.json").read_text("utf-8"))
        self.stage.write("shop/bruno.json", json.dumps(settings | values))
        collection = bruscript.load(self.stage.shop)
        assert values.items() <= collection.config.items()
        assert not paths(values) - READ
        self._check()

    def toml(self, block: Block) -> None:
        """Check a collection with this `bruscript.toml`; a project names things of ours."""
        content = read_toml(block.text)
        if "project" in content:
            assert list(content["project"]["entry-points"]) == ["bruscript.reporters"]
            return
        self.stage.write("shop/bruscript.toml", block.text)
        (credentials,) = content["oauth2"]
        client = CLIENT.replace("  client_id", f"  credentials_id: {credentials}\n  client_id")
        self.stage.write("shop/collection.bru", OAUTH2 + "\n" + client)
        self._check()

    def _check(self) -> None:
        self.monkeypatch.chdir(self.stage.shop)
        outcome = self.bruscript("check", ".")
        assert outcome.status == 0, outcome.out + outcome.err
        assert "warning" not in outcome.out + outcome.err, outcome.out + outcome.err


RUNNERS: dict[str, Callable[[Page, Block], None]] = {
    name: getattr(Page, name)
    for name in ("sh", "console", "text", "python", "js", "bru", "yaml", "json", "toml")
}


def whole(text: str) -> tuple[str, str]:
    """Return the name of the file that a text in Bruno's language is or is a piece of, and the whole file."""
    names = set(re.findall(r"^([\w:-]+) [{\[]", text, re.MULTILINE))
    if names & {"vars", "vars:secret"}:
        return "environments/local.bru", text
    if any(name.startswith("auth") for name in names):
        parts = [OAUTH2] if "auth" not in names else []
        parts += [CLIENT] if "auth:oauth2" not in names else []
        return "collection.bru", "\n".join([*parts, text])
    parts = [META] if "meta" not in names else []
    parts += [METHOD] if not names & {"get", "post"} else []
    return "block.bru", "\n".join([*parts, text])


def steps(content: Any) -> list[dict[str, Any]]:
    """Return the steps of a pipeline, whatever its system is."""
    if isinstance(content, list):
        return content
    for job in content.get("jobs", {}).values():
        return steps(job)
    for key in ("steps", "repos"):
        if key in content:
            return steps(content[key])
    (job,) = content.values()
    return [{"script": line} for line in job["script"]]


def paths(content: Any) -> set[tuple[str, ...]]:
    """Return the paths of all keys; the entries of a list are `*`."""
    entries = content.items() if isinstance(content, dict) else []
    if isinstance(content, list):
        entries = [("*", entry) for entry in content]
    found = set()
    for key, value in entries:
        found |= {(key,)} | {(key, *path) for path in paths(value)}
    return found


def same(shown: str, output: str) -> None:
    """Compare what a page shows with what was printed; `…` is anything, times vary."""
    pattern = ".*".join(re.escape(steady(part.strip("\n"))) for part in re.split(r"^…$", shown, flags=re.M))
    assert re.search(pattern, steady(output), re.DOTALL), (
        f"the page has\n{shown}\nbut this was printed\n{output}"
    )


def steady(text: str) -> str:
    """Replace what differs from run to run."""
    text = re.sub(r"\b\d+ ms\b", "N ms", text)
    text = re.sub(r"(Duration \(ms\) │) +\d+ +", r"\1 N ", text)
    text = re.sub(r'File "[^"]*/', 'File "', text)
    # Python 3.10 does not mark the place.
    text = re.sub(r"^ *~*\^+~*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"(PASSED|FAILED) +\[ *\d+%\]", r"\1", text)
