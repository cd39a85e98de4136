"""The HTML report, opened and clicked through in Chromium, with no network."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from report.sample import every_outcome, make, passed, tell

from bruscript.report.html import HtmlReport

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert executable, "Chromium is not installed"
    with sync_playwright() as playwright:
        # Chromium refuses its own sandbox to root, which containers in CI often are.
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(offline=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert problems == []


JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self'"


@pytest.fixture
def strict_server(tmp_path: Path) -> Iterator[str]:
    """Serves the directory as Jenkins serves reports of builds: no scripts, no styles in the page."""

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", JENKINS)
            super().end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def open_report(page: Page, path: Path, iterations: list[Any]) -> None:
    target = path / "report.html"
    tell(HtmlReport(str(target)), iterations)
    page.goto(target.as_uri())


def names(page: Page) -> list[str]:
    """The names of the requests that can be seen."""
    return page.locator("#list > .item:not([hidden]) > summary .name").evaluate_all(
        "all => all.map(one => one.firstChild.textContent.trim())"
    )


def test_shows_the_summary(page: Page, tmp_path: Path) -> None:
    open_report(page, tmp_path, [every_outcome()])
    assert page.title() == "Failed: sample"
    assert page.locator("#badge").inner_text() == "Failed"
    assert page.locator(".figure b").all_inner_texts() == ["5", "3/4", "1/2", "1"]
    assert names(page) == ["failed", "errored", "scripted", "passed", "skipped"]
    assert page.locator(".group").all_inner_texts() == ["Failed", "Passed or skipped"]


def test_filters_by_status(page: Page, tmp_path: Path) -> None:
    open_report(page, tmp_path, [every_outcome()])
    page.get_by_role("button", name="Failed 2").click()
    assert names(page) == ["failed", "scripted"]
    assert page.locator(".group:not([hidden])").all_inner_texts() == ["Failed"]
    assert page.get_by_role("button", name="Failed 2").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Error 1").click()
    assert names(page) == ["errored"]
    page.get_by_role("button", name="All 5").click()
    assert len(names(page)) == 5


@pytest.mark.parametrize(
    ("text", "found"),
    [("ECONNREFUSED", ["errored"]), ("skip", ["skipped"]), ("201", ["failed"]), ("no such thing", [])],
)
def test_filters_by_text(page: Page, tmp_path: Path, text: str, found: list[str]) -> None:
    open_report(page, tmp_path, [every_outcome()])
    page.get_by_label("Filter by text").fill(text)
    assert names(page) == found
    assert page.locator("#count").inner_text() == f"{len(found)} of 5 requests"


def test_both_filters_hold_together(page: Page, tmp_path: Path) -> None:
    open_report(page, tmp_path, [every_outcome()])
    page.get_by_role("button", name="Passed 1").click()
    page.get_by_label("Filter by text").fill("errored")
    assert names(page) == []


def test_failed_requests_are_open_the_others_open_by_a_click(page: Page, tmp_path: Path) -> None:
    open_report(page, tmp_path, [every_outcome()])
    detail = page.locator("#r1 > .detail")
    assert detail.is_visible()
    assert "has <b>markup</b> & more failed.bru:14" in detail.inner_text()
    assert "expected 200 to equal 201" in detail.inner_text()
    assert detail.locator("b b").count() == 0
    assert not page.locator("#r0 > .detail").is_visible()
    page.locator("#r0 > summary").click()
    detail = page.locator("#r0 > .detail")
    assert "hello from the script" in detail.inner_text()
    assert "a=1" not in detail.inner_text()
    assert detail.locator(".body").count() == 2


def test_bodies_are_highlighted(page: Page, tmp_path: Path) -> None:
    markup = make("markup", response={"status": 200, "data": '<p class="x">hi <b>you</b></p>'})
    open_report(page, tmp_path, [[passed(), markup]])
    page.locator("#r0 > summary").click()
    body = page.locator("#r0 .body").first
    body.locator(".k").first.wait_for()
    assert body.locator(".k").all_inner_texts() == ['"a"', '"big"']
    assert body.locator(".n").all_inner_texts() == ["1", "12345678901234567890"]
    page.locator("#r1 > summary").click()
    body = page.locator("#r1 .body")
    body.locator(".s").first.wait_for()
    assert body.inner_text() == '<p class="x">hi <b>you</b></p>'
    assert body.locator(".s").all_inner_texts() == ['"x"']


def test_a_column_of_the_chart_leads_to_its_request(page: Page, tmp_path: Path) -> None:
    open_report(page, tmp_path, [every_outcome()])
    assert page.locator(".chart rect").count() == 3
    page.get_by_label("Filter by text").fill("skipped")
    page.locator(".chart rect").nth(0).click()
    assert page.locator("#r0").get_attribute("open") is not None
    assert page.locator("#r0 > .detail").is_visible()


def test_open_all_opens_what_is_listed(page: Page, tmp_path: Path) -> None:
    open_report(page, tmp_path, [every_outcome()])
    page.get_by_role("button", name="Open all").click()
    page.locator("#r4 > .detail").wait_for()
    assert page.locator(".item[open] > .detail").count() == 5
    page.get_by_role("button", name="Close all").click()
    assert page.locator(".item[open]").count() == 0


def test_without_scripts_everything_is_there(browser: Browser, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    tell(HtmlReport(str(target)), [every_outcome()])
    page = browser.new_context(offline=True, java_script_enabled=False).new_page()
    page.goto(target.as_uri())
    assert page.locator(".filters").is_visible() is False
    assert page.locator("#r1 > .detail").is_visible()
    page.locator("#r0 > summary").click()
    assert page.locator("#r0 > .detail").is_visible()
    assert page.locator(".chart rect").count() == 3


def test_under_the_policy_of_a_build_server(browser: Browser, strict_server: str, tmp_path: Path) -> None:
    tell(HtmlReport(str(tmp_path / "report.html")), [every_outcome()])
    page = browser.new_page()
    page.goto(f"{strict_server}/report.html")
    # Neither the style nor the script was taken.
    assert page.locator("#badge").evaluate("e => getComputedStyle(e).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert page.locator(".filters").is_visible() is False
    text = page.locator("body").inner_text()
    assert (
        text.index("expected 200 to equal 201") < text.index("Passed or skipped") < text.index("skipped.bru")
    )
    page.locator("#r0 > summary").click()
    assert page.locator("#r0 > .detail").is_visible()
    assert page.locator(".chart rect").first.bounding_box() is not None


@pytest.mark.parametrize("width", [320, 390, 768, 1400])
def test_fits_every_screen(page: Page, tmp_path: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    long = make("long-" + "x" * 200, response={"status": 200, "data": "y" * 500, "responseTime": 3})
    open_report(page, tmp_path, [[long, *every_outcome()]])
    page.get_by_role("button", name="Open all").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_follows_the_colour_scheme(page: Page, tmp_path: Path) -> None:
    open_report(page, tmp_path, [[passed()]])
    colours = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        colours[scheme] = page.evaluate(
            "[document.body, document.querySelector('.name')].map(e => getComputedStyle(e)).map("
            "(s, i) => i ? s.color : s.backgroundColor).map(c => c.match(/\\d+/g).slice(0, 3).map(Number))"
        )
    assert sum(colours["light"][0]) > 600 > sum(colours["light"][1])
    assert sum(colours["dark"][0]) < 200 < sum(colours["dark"][1])


def test_hostile_texts_stay_texts(page: Page, tmp_path: Path) -> None:
    evil = "</script><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    checks = [{"description": evil, "status": "fail", "error": evil}]
    open_report(page, tmp_path, [[make(evil, tests=checks, response={"status": 200, "data": evil})]])
    page.get_by_role("button", name="Open all").click()
    assert page.title() == "Failed: sample"
    assert page.locator("img").count() == 0
    assert names(page) == [evil]
