"""`bru.cookies` over the run's own cookie jar."""

from __future__ import annotations

import pytest
from sandbox.scripts import Answers, Mode, Outcome, run

from bruscript.http import CookieJar

MODES = pytest.mark.parametrize("mode", ["safe", "developer"])


def with_jar(source: str, jar: CookieJar, mode: Mode = "safe") -> Outcome:
    host = Answers(
        cookies__all=jar.all,
        cookies__get=jar.get,
        cookies__set=jar.set,
        cookies__delete=jar.delete,
        cookies__deleteAll=jar.delete_all,
        cookies__clear=jar.clear,
    )
    request = {"url": "http://{{name}}.test/a"}
    return run(source, mode=mode, request=request, variables={"runtime": {"name": "shop"}}, host=host)


@pytest.fixture
def jar() -> CookieJar:
    jar = CookieJar()
    jar.store("http://shop.test/a", "sid=abc; Path=/; HttpOnly")
    jar.store("http://shop.test/a", "lang=en; Path=/a; Expires=Wed, 01 Jan 2098 00:00:00 GMT")
    jar.store("http://other.test/", "away=1")
    return jar


@MODES
def test_the_list_holds_the_requests_cookies(jar: CookieJar, mode: Mode) -> None:
    source = (
        "const c = bru.cookies; console.log(c.get('sid'), c.get('away'), c.has('lang', "
        "'en'), c.count(), c.one('sid').httpOnly,"
        " c.map((x) => x.key).sort().join(), c.indexOf(c.one('lang')) >= 0, "
        "c.toObject().lang, c.find((x) => x.secure))"
    )
    assert with_jar(source, jar, mode).printed == ["abc undefined true 2 true lang,sid true en undefined"]


def test_expiry_is_a_date_in_developer_mode_and_text_in_safe_mode(jar: CookieJar) -> None:
    source = (
        "console.log(bru.cookies.one('sid').expires, bru.cookies.one('lang').expires "
        "instanceof Date, String(bru.cookies.one('lang').expires).includes('2098'))"
    )
    assert with_jar(source, jar).printed == ["Infinity false true"]
    assert with_jar(source, jar, "developer").printed == ["Infinity true true"]


@MODES
def test_cookies_are_set_and_removed(jar: CookieJar, mode: Mode) -> None:
    source = (
        "await bru.cookies.add({key: 'k', value: 'v'}); await bru.cookies.upsert({name: "
        "'sid', value: 'new', path: '/'});"
        "await bru.cookies.remove('lang'); console.log(bru.cookies.get('k'), "
        "bru.cookies.get('sid'), bru.cookies.has('lang'));"
        "await bru.cookies.clear(); console.log(bru.cookies.count())"
    )
    assert with_jar(source, jar, mode).printed == ["v new false", "0"]
    assert [cookie["key"] for cookie in jar.all("http://other.test/")] == ["away"]


@MODES
def test_the_jar_reaches_any_url(jar: CookieJar, mode: Mode) -> None:
    source = (
        "const jar = bru.cookies.jar(); const url = 'http://{{name}}.test/b';"
        "await jar.setCookie(url, 'n', 'v'); await jar.setCookie(url, {key: 'o', value: 'w', secure: false});"
        "await jar.setCookies(url, [{key: 'p', value: 'x'}]);"
        "console.log((await jar.getCookie(url, 'n')).value, await jar.getCookie(url, "
        "'none'), await jar.hasCookie(url, 'p'),"
        " (await jar.getCookies(url)).length);"
        "await jar.deleteCookie(url, 'n'); console.log(await jar.hasCookie(url, 'n'));"
        "await jar.deleteCookies(url); console.log((await jar.getCookies(url)).length, "
        "(await jar.getCookies('http://other.test/')).length);"
        "await jar.clear(); console.log((await jar.getCookies('http://other.test/')).length)"
    )
    assert with_jar(source, jar, mode).printed == ["v null true 4", "false", "0 1", "0"]


@MODES
def test_callbacks_get_error_and_value(jar: CookieJar, mode: Mode) -> None:
    source = (
        "const jar = bru.cookies.jar(); const seen = [];"
        "jar.getCookie('http://other.test/', 'away', (e, c) => seen.push(e, c.value)); "
        "jar.getCookies('', (e) => seen.push(e.message));"
        "jar.setCookie('http://other.test/', 'b', '2', (e) => seen.push(e)); "
        "bru.cookies.add(5, (e) => seen.push(e.message));"
        "jar.deleteCookie('http://other.test/', 'b', (e) => seen.push(e));"
        "console.log(...seen)"
    )
    # The two modes differ in what they say of a success, as in the reference.
    done = "null" if mode == "safe" else "undefined"
    assert with_jar(source, jar, mode).printed == [
        f"null 1 URL is required {done} cookieObj must be a non-null object null"
    ]


@MODES
def test_values_that_are_no_texts_are_sent_as_the_language_writes_them(jar: CookieJar, mode: Mode) -> None:
    source = (
        "const jar = bru.cookies.jar(); const url = 'http://values.test/';"
        "for (const [key, value] of [['a', true], ['b', false], ['c', [1, 2]], ['d', { x: 1 }], ['e', 0]])"
        " await jar.setCookie(url, { key, value });"
    )
    with_jar(source, jar, mode)
    assert jar.header_for("http://values.test/") == "a=true; b=; c=1,2; d=[object Object]; e=0"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("jar.getCookie('', 'a')", "URL and cookie name are required"),
        ("jar.hasCookie(url)", "URL and cookie name are required"),
        ("jar.deleteCookie(url)", "URL and cookie name are required"),
        ("jar.getCookies()", "URL is required"),
        ("jar.setCookie('', 'a', 'b')", "URL is required"),
        ("jar.setCookie(url, '')", "Cookie name is required"),
        ("jar.setCookie(url, {value: 'x'})", "cookieObject.key (name) is required"),
        ("jar.setCookie(url, 5)", "Invalid arguments passed to setCookie"),
        ("jar.setCookies(url, {})", "setCookies expects an array of cookie objects"),
        ("bru.cookies.upsert('x')", "cookieObj must be a non-null object"),
    ],
)
def test_wrong_calls_reject(jar: CookieJar, call: str, message: str) -> None:
    source = (
        f"const jar = bru.cookies.jar(), url = 'http://x.test/'; await {call}.catch((e) => "
        f"console.log(e.message))"
    )
    assert with_jar(source, jar).printed == [message]


def test_an_address_that_is_no_text_is_refused(jar: CookieJar) -> None:
    source = "await bru.cookies.jar().getCookies(5).catch((error) => console.log(error.message))"
    assert with_jar(source, jar).printed == ["A cookie's URL is a text or a URL, not number"]
