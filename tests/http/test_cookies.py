from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from bruscript.http.cookies import CookieJar, merge_cookies

SHOP = "https://shop.example.com"
HOME = f"{SHOP}/cart/items"


@pytest.fixture
def jar():
    return CookieJar()


def in_days(days):
    return format_datetime(datetime.now(timezone.utc) + timedelta(days=days), usegmt=True)


@pytest.mark.parametrize(
    ("header", "url", "sent"),
    [
        ("a=1", "https://shop.example.com/cart/x", "a=1"),
        ("a=1", "https://shop.example.com/cart", "a=1"),
        ("a=1", "https://shop.example.com/cartoon", ""),
        ("a=1", "https://sub.shop.example.com/cart/x", ""),
        ("a=1; Path=/", "https://shop.example.com/", "a=1"),
        ("a=1; Path=/; Domain=example.com", "https://other.example.com/", "a=1"),
        ("a=1; Path=/; Domain=.example.com", "https://example.com/", "a=1"),
        ("a=1; Path=/; Domain=example.com", "https://notexample.com/", ""),
        ("a=1; Path=/; Domain=other.com", "https://other.com/", ""),
        ("a=1; Path=/; Domain=com", "https://b.com/", ""),
        ("a=1; Path=/; Secure", "http://shop.example.com/", ""),
        ("a=1; Path=/; Secure", "https://shop.example.com/", "a=1"),
        ("a=1; Path=/; Max-Age=0; Max-Age=soon", "https://shop.example.com/", ""),
        ("a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=soon", f"{SHOP}/", ""),
        ("a=1; Path=/; Max-Age=0", "https://shop.example.com/", ""),
        (
            "a=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "https://shop.example.com/",
            "a=1",
        ),
        ("a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "https://shop.example.com/", ""),
        ("a=1; Path=/; Expires=Sunday, 06-Nov-94 08:49:37 GMT", "https://shop.example.com/", ""),
        ("a=1; Path=/; Expires=soon", "https://shop.example.com/", "a=1"),
        ("a=1; Path=/; Max-Age=" + "9" * 400, f"{SHOP}/", "a=1"),
        ("a=1; Path=/; Expires=Fri, 31 Dec 9999 23:59:59 GMT", f"{SHOP}/", "a=1"),
        ("a=1; Path=/; Expires=Fri, 99 Foo 99999 99:99:99", f"{SHOP}/", "a=1"),
        ("a=b=c; Path=/", "https://shop.example.com/", "a=b=c"),
        ('a="q"; Path=/', "https://shop.example.com/", 'a="q"'),
        ("alone; Path=/", "https://shop.example.com/", "alone"),
        ("__Host-a=1; Path=/; Secure", "https://shop.example.com/", "__Host-a=1"),
        ("__Host-a=1; Path=/; Secure; Domain=shop.example.com", "https://shop.example.com/", ""),
        ("__Secure-a=1; Path=/", "https://shop.example.com/", ""),
    ],
)
def test_a_cookie_goes_where_rfc_6265_sends_it(jar, header, url, sent):
    jar.store(HOME, header)
    assert jar.header_for(url) == sent


def test_a_later_expiry_keeps_and_an_earlier_one_removes(jar):
    jar.store(HOME, f"a=1; Path=/; Expires={in_days(1)}")
    assert jar.header_for(HOME) == "a=1"
    jar.store(HOME, f"a=1; Path=/; Expires={in_days(-1)}")
    assert len(jar) == 0


def test_longer_paths_come_first_then_older_cookies(jar):
    jar.store(HOME, "first=1; Path=/")
    jar.store(HOME, "deep=1; Path=/cart")
    jar.store(HOME, "second=1; Path=/")
    jar.store(HOME, "first=2; Path=/")
    assert jar.header_for(HOME) == "deep=1; first=2; second=1"


def test_a_secure_cookie_is_not_made_over_http(jar):
    jar.store("http://shop.example.com/", "a=1; Secure; Path=/")
    assert len(jar) == 0


def test_secure_cookies_go_to_loopback_over_http(jar):
    jar.store("http://localhost:3000/", "a=1; Secure; Path=/")
    jar.store("http://127.0.0.1:3000/", "b=1; Secure; Path=/")
    assert jar.header_for("http://localhost:4000/") == "a=1"
    assert jar.header_for("http://127.0.0.1/") == "b=1"


def test_an_address_has_no_subdomains(jar):
    jar.store("http://127.0.0.1/", "a=1; Domain=0.0.1; Path=/")
    assert len(jar) == 0


def test_scripts_set_read_and_delete(jar):
    jar.set(HOME, {"key": "a", "value": "1", "path": "/", "expires": "2999-01-01T00:00:00.000Z"})
    jar.set(HOME, {"name": "b", "value": "2", "path": "/cart", "httpOnly": True})
    cookie = jar.get(HOME, "a")
    assert cookie["value"] == "1"
    assert cookie["expires"] == "2999-01-01T00:00:00.000Z"
    assert cookie["domain"] == "shop.example.com"
    assert [cookie["key"] for cookie in jar.all(HOME)] == ["b", "a"]
    jar.delete(HOME, "b")
    assert jar.header_for(HOME) == "a=1"
    jar.set("https://example.org/", {"key": "c", "value": "3"})
    jar.delete_all(HOME)
    assert [cookie.name for cookie in jar] == ["c"]
    jar.clear()
    assert len(jar) == 0


def test_delete_takes_the_cookie_of_the_url_s_own_path(jar):
    jar.store("https://a.test/", "x=root; Path=/")
    jar.store("https://a.test/", "x=deep; Path=/deep")
    jar.delete("https://a.test/deep/er", "x")
    assert jar.header_for("https://a.test/deep/er") == "x=root"


def test_every_expiry_can_be_shown(jar):
    jar.store(HOME, "a=1; Path=/; Max-Age=" + "9" * 400)
    jar.set(HOME, {"key": "b", "value": "2", "path": "/", "expires": 1e300})
    assert {cookie["expires"] for cookie in jar.all(HOME)} == {"9999-12-31T23:59:59.000Z"}


def test_the_age_that_was_given_can_be_asked_for(jar):
    jar.store(HOME, "header=1; Path=/; Max-Age=60")
    jar.set(HOME, {"key": "script", "value": "1", "path": "/", "maxAge": 90})
    jar.set(HOME, {"key": "none", "value": "1", "path": "/"})
    assert {cookie["key"]: cookie.get("maxAge") for cookie in jar.all(HOME)} == {
        "header": 60,
        "script": 90,
        "none": None,
    }


def test_a_script_cannot_set_for_another_site(jar):
    jar.set(HOME, {"key": "a", "value": "1", "domain": "elsewhere.test"})
    assert len(jar) == 0


def test_values_stay_out_of_repr(jar):
    assert "s3cret" not in repr(jar.store(HOME, "session=s3cret"))


def test_the_jar_s_cookies_join_the_user_s_own():
    assert merge_cookies("own=1; both=2", "both=3; kept=4") == "own=1; both=3; kept=4"
