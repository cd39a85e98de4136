from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from report.sample import SECRET, every_outcome, make, passed, tell

from bruscript.report import html
from bruscript.report.html import HtmlReport


def page_of(path: Path, iterations: list, **how: object) -> str:
    target = path / "report.html"
    tell(HtmlReport(str(target)), iterations, **how)  # type: ignore[arg-type]
    return target.read_text()


def data_of(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_holds_the_whole_run(tmp_path: Path) -> None:
    data = data_of(page_of(tmp_path, [every_outcome(), [passed()]]))
    assert data["collection"] == "sample"
    assert data["environment"] == "local"
    assert data["ok"] is False
    assert data["summary"]["totalRequests"] == 6
    assert [len(iteration["results"]) for iteration in data["iterations"]] == [5, 1]
    assert data["iterations"][0]["results"][3]["failures"] == [
        {"what": "Test Script Error", "message": "null is not fine", "place": "sub/scripted.bru:21"}
    ]


def test_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    page = page_of(tmp_path, [[passed()]])
    outside = page.replace("http://www.w3.org/2000/svg", "")
    outside = re.sub(r'<script type="application/json".*?</script>', "", outside, flags=re.DOTALL)
    assert not re.search(r"https?://|@import|url\(", outside)
    assert "default-src 'none'" in page


def test_texts_of_the_run_cannot_leave_their_place(tmp_path: Path) -> None:
    evil = "</script><script>document.title='owned'</script><!--<script>\u2028"
    page = page_of(tmp_path, [[make(evil, response={"status": 200, "data": {"x": evil}})]])
    assert evil not in page
    result = data_of(page)["iterations"][0]["results"][0]
    assert result["name"] == evil
    assert json.loads(result["response"]["data"])["x"] == evil


def test_holds_no_secret(tmp_path: Path) -> None:
    assert SECRET not in page_of(tmp_path, [[passed()]])


def test_bodies_are_bearable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "LONGEST_BODY", 10)
    monkeypatch.setattr(html, "MOST_BODIES", 2)
    long = make("long", response={"status": 200, "data": "x" * 25})
    picture = make("p", response={"status": 200, "headers": {"Content-Type": "image/png"}, "data": "\x89PNG"})
    results = data_of(page_of(tmp_path, [[long, picture, passed()]]))["iterations"][0]["results"]
    assert results[0]["response"]["data"] == "x" * 10 + "\n… (15 more characters)"
    assert results[1]["response"]["data"] == "(image/png, not shown)"
    assert results[2]["response"]["data"].startswith("(left out")


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ('{"a":1}', '{\n  "a": 1\n}'),
        ('{"big":12345678901234567890}', '{\n  "big": 12345678901234567890\n}'),
        ('{"a":1.50}', '{"a":1.50}'),
        ('{"a":', '{"a":'),
        ("plain", "plain"),
    ],
)
def test_json_is_laid_out_but_never_changed(tmp_path: Path, sent: str, seen: str) -> None:
    data = data_of(page_of(tmp_path, [[make("x", request={"method": "POST", "url": "u", "data": sent})]]))
    assert data["iterations"][0]["results"][0]["request"]["data"] == seen
