from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest
from report.sample import SECRET, every_outcome, failed, make, passed, tell

from bruscript.report import html_request
from bruscript.report.html import HtmlReport


def page_of(path: Path, iterations: list[Any], **how: Any) -> str:
    target = path / "report.html"
    tell(HtmlReport(str(target)), iterations, **how)
    return target.read_text()


def items(page: str) -> list[tuple[str, str, bool]]:
    """Name, status and whether it is open, of each request in the page's order."""
    found = re.findall(
        r'<details class="item" id="r[\d-]+" data-status="(\w+)"( open)?>\n'
        r'<summary>.*?class="name">(.*?) <span',
        page,
    )
    return [(unescape(name), status, bool(opened)) for status, opened, name in found]


def bodies(page: str) -> list[str]:
    return [unescape(text) for text in re.findall(r'<pre class="body">(.*?)</pre>', page, re.DOTALL)]


def test_holds_the_whole_run_failures_first_and_open(tmp_path: Path) -> None:
    page = page_of(tmp_path, [every_outcome(), [failed(), passed()]])
    assert items(page) == [
        ("failed", "failed", True),
        ("errored", "error", True),
        ("scripted", "failed", True),
        ("failed", "failed", True),
        ("passed", "passed", False),
        ("skipped", "skipped", False),
        ("passed", "passed", False),
    ]
    assert "<title>Failed: sample</title>" in page
    assert "Environment local" in page
    assert '<b>7</b> <span class="words">2 passed, 3 failed, 1 error, 1 skipped</span> ' in page
    assert '<b>Test Script Error</b> <span class="muted">sub/scripted.bru:21</span>' in page
    assert "<pre>null is not fine</pre>" in page
    assert "hello from the script" in page


def test_shows_the_source_around_a_failure(tmp_path: Path) -> None:
    (tmp_path / "failed.bru").write_text("\n".join(f"line <{number}>" for number in range(1, 30)))
    page = page_of(tmp_path, [[failed()]], root=tmp_path)
    assert "\n&gt; 10 | line &lt;10&gt;\n" in page
    assert "\n&gt; 14 | line &lt;14&gt;\n" in page


def test_requests_of_scripts_and_attempts_are_inside(tmp_path: Path) -> None:
    parent, flaky = make("parent", nested=[failed()]), make("flaky", earlier=[failed(), failed()])
    page = page_of(tmp_path, [[parent, flaky]])
    assert items(page) == [("parent", "failed", True), ("failed", "failed", True), ("flaky", "flaky", False)]
    assert "<h3>Flaky: passed on attempt 3</h3>" in page
    assert "<li>attempt 2: failed.bru:10 · res.body.n: eq 2 · expected 1 to equal 2</li>" in page


def test_counts_agree_on_the_page(tmp_path: Path) -> None:
    unusable = make("odd", status="skipped", skip_reason="syntax", error="no")
    page = page_of(tmp_path, [[make("parent", nested=[failed(), passed()]), unusable]])
    figure = page[page.index('class="figure"') : page.index("Tests passed")]
    assert "<b>2</b>" in figure
    assert "and 2 run by scripts" in figure
    assert ">1 failed, 1 error<" in figure
    assert ">All 2<" in page
    assert ">Error 1<" in page
    assert ">2 requests<" in page


def test_the_plain_page_is_readable(tmp_path: Path) -> None:
    page = page_of(tmp_path, [[make("parent", nested=[passed()], row={"pid": 900}, repeated=True)]])
    words = re.sub("<[^>]+>", "", re.findall("<summary>.*?</summary>", page, re.DOTALL)[0])
    assert "parent · parent.bru · #1 pid=900 · " in words
    assert '<blockquote>\n<details class="item" id="r0-0"' in page
    assert "</span><svg" not in page


def test_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    page = page_of(tmp_path, [[make("plain", request={"method": "GET", "url": "/x"})]])
    assert not re.search(r"https?://|@import|url\(", page)
    assert "default-src 'none'" in page


def test_needs_no_script_and_no_style(tmp_path: Path) -> None:
    """Where both are refused, nothing is missing but the filters."""
    page = page_of(tmp_path, [every_outcome()])
    without = re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL)
    assert " style=" not in without
    assert not re.search(r"\son\w+=", without)
    assert '<div class="filters" hidden>' in without
    assert len(items(without)) == 5
    assert "noscript" not in page


def test_texts_of_the_run_cannot_leave_their_place(tmp_path: Path) -> None:
    evil = "</pre></details></script><script>document.title='owned'</script><!--LIST--><!--\u2028\x1b[2J\"'"
    result = make(
        evil,
        request={"method": evil, "url": evil, "headers": {evil: evil}},
        response={"status": 200, "headers": {evil: [evil]}, "data": {"x": evil}},
        warnings=[evil],
        row={evil: evil},
        tests=[{"description": evil, "status": "fail", "error": evil}],
    )
    page = page_of(tmp_path, [[result]])
    assert "<script>document" not in page
    assert page.count("<script>") == page.count("</script>") == 1
    assert page.count("</details>") == 1
    assert "\x1b" not in page
    assert escape("</pre></details></script><script>document.title='owned'</script><!--LIST--><!--") in page


def test_holds_no_secret(tmp_path: Path) -> None:
    assert SECRET not in page_of(tmp_path, [[passed()]])


def test_bodies_are_bearable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_request, "LONGEST_BODY", 10)
    monkeypatch.setattr(html_request, "MOST_BODIES", 2)
    long = make("long", response={"status": 200, "data": "x" * 25})
    picture = make("p", response={"status": 200, "headers": {"Content-Type": "image/png"}, "data": "\x89PNG"})
    shown = bodies(page_of(tmp_path, [[long, picture, passed(), failed()]]))
    # Failed requests come first, and always have theirs.
    assert shown[0].startswith('{\n  "name')
    assert shown[1] == "x" * 10 + "\n… (15 more characters)"
    assert shown[2] == "(binary data, image/png, not shown)"
    assert shown[3].startswith("(left out")


@pytest.mark.parametrize("kind", ["application/octet-stream", "application/pdf", ""])
def test_a_binary_body_is_named_and_not_shown(tmp_path: Path, kind: str) -> None:
    response = {"status": 200, "headers": {"content-type": kind}, "data": "%PDF\x00\x01\x02", "size": 7}
    (shown,) = bodies(page_of(tmp_path, [[make("pdf", response=response)]]))
    assert shown == f"(7 bytes of binary data, {kind or 'of unknown type'}, not shown)"


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ('{"a":1}', '{\n  "a": 1\n}'),
        ('{"big":12345678901234567890}', '{\n  "big": 12345678901234567890\n}'),
        ('{"a":1.50,"b":[-0,1E5,{}]}', '{\n  "a": 1.50,\n  "b": [\n    -0,\n    1E5,\n    {}\n  ]\n}'),
        (r'{"a":"\u00e9 \" ,{","a":[ ]}', '{\n  "a": "\\u00e9 \\" ,{",\n  "a": []\n}'),
        ('{"a":' + "1" * 5000 + "}", '{\n  "a": ' + "1" * 5000 + "\n}"),
        ('{"a":', '{"a":'),
        ("plain", "plain"),
    ],
)
def test_json_is_laid_out_but_never_changed(tmp_path: Path, sent: str, seen: str) -> None:
    page = page_of(tmp_path, [[make("x", request={"method": "POST", "url": "u", "data": sent})]])
    assert bodies(page)[0] == seen


def test_only_long_lists_leave_out_what_is_not_in_view(tmp_path: Path) -> None:
    short, long = (page_of(tmp_path, [[passed() for _ in range(count)]]) for count in (200, 201))
    assert '<div id="list">' in short
    assert '<div id="list" class="long">' in long
    (rule,) = re.findall(r"@media (\w+) {\n  ([^{]+?) {[^}]*content-visibility", short)
    assert rule == ("screen", ".long > .item")


def test_the_chart_has_bearably_many_columns(tmp_path: Path) -> None:
    rows = [[passed(response={"status": 200, "responseTime": 1 + index % 9})] for index in range(1000)]
    page = page_of(tmp_path, rows)
    assert 100 < page.count('<a href="#r') <= 240
    assert "slowest 9 ms" in page


def test_a_run_without_requests_says_why(tmp_path: Path) -> None:
    import bruscript

    (tmp_path / "bruno.json").write_text('{"name": "empty"}')
    bruscript.run(tmp_path, reporters=[HtmlReport(str(tmp_path / "r.html"))])
    page = (tmp_path / "r.html").read_text()
    assert '<p class="note">Nothing to run: no requests in' in page
    assert "Response times" not in page
