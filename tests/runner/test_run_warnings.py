"""Warnings that belong to no request are in the result and in the reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from test_api import app, shop

import bruscript
from bruscript.report.html import HtmlReport
from bruscript.report.json import JsonReport
from bruscript.report.junit import JUnitReport
from bruscript.report.ndjson import NdjsonReport

__all__ = ["shop"]

MISTAKE = '{"version": "1", "name": "shop", "type": "collection", "scripts": {"flow": "foo"}}'
FLOW = "1:76: scripts.flow is 'foo', not sandwich or sequential; it is ignored"


def run(tmp_path: Path, config: str, **options: Any) -> bruscript.RunResult:
    (tmp_path / "shop" / "bruno.json").write_text(config)
    kinds: dict[str, Any] = {
        "json": JsonReport,
        "junit": JUnitReport,
        "html": HtmlReport,
        "ndjson": NdjsonReport,
    }
    reporters = [kind(str(tmp_path / f"report.{name}")) for name, kind in kinds.items()]
    return bruscript.run("shop", app=app, reporters=reporters, **options)


def test_mistakes_in_bruno_json_are_everywhere(shop: bruscript.Collection, tmp_path: Path) -> None:
    result = run(tmp_path, MISTAKE, iteration_count=2)
    assert result.ok
    warning = f"shop/bruno.json:{FLOW}"
    assert result.warnings == [warning]
    assert not result.errors
    first, second = json.loads((tmp_path / "report.json").read_text())
    assert list(first) == ["iterationIndex", "results", "warnings", "summary"]
    assert first["warnings"] == [warning]
    assert "warnings" not in second
    *_, last = (tmp_path / "report.ndjson").read_text().splitlines()
    assert json.loads(last)["warnings"] == [warning]
    *suites, about = ElementTree.parse(tmp_path / "report.junit").getroot()
    assert len(suites) == 4
    assert (about.get("name"), about.get("tests")) == ("shop", "0")
    assert about.findtext("system-err") == f"Warning: {warning}"
    assert '<p class="note">Warning: ' in (tmp_path / "report.html").read_text()


def test_without_warnings_reports_are_the_references(shop: bruscript.Collection, tmp_path: Path) -> None:
    assert run(tmp_path, shop.config_file.read_text()).warnings == []
    (iteration,) = json.loads((tmp_path / "report.json").read_text())
    assert list(iteration) == ["iterationIndex", "results", "summary"]
    assert len(ElementTree.parse(tmp_path / "report.junit").getroot()) == 2
    assert "Warning:" not in (tmp_path / "report.html").read_text()


def test_warnings_have_no_secret(shop: bruscript.Collection, tmp_path: Path) -> None:
    config = MISTAKE.replace('"foo"', '"sk_live_41c0ffee99"')
    (tmp_path / "shop" / ".env").write_text("API_TOKEN=sk_live_41c0ffee99\n")
    (warning,) = run(tmp_path, config).warnings
    assert "scripts.flow is" in warning
    for text in (warning, *(path.read_text() for path in tmp_path.glob("report.*"))):
        assert "sk_live_41c0ffee99" not in text
