import re

import pytest

from bruscript.http.errors import RequestError
from bruscript.http.url import parse_url, resolve


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a/b c?d e", "http://a/b%20c?d%20e"),
        ("http://a/%7e/%zz/ü?ü=ü#x", "http://a/%7e/%zz/%C3%BC?%C3%BC=%C3%BC"),
        ("HTTP://EXAMPLE.com:80/../a/./b/..", "http://example.com/a/"),
        ("http://a/b/%2e%2E/c", "http://a/c"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://0x7f.1/x", "http://127.0.0.1/x"),
        ("http://[0:0::1]:8080/x", "http://[::1]:8080/x"),
        ("http:\\\\a\\b?c\\d", "http://a/b?c\\d"),
        ("http://müller.de/", "http://xn--mller-kva.de/"),
        ("http://Faß.de/", "http://xn--fa-hia.de/"),
        ("http://😀。test/", "http://xn--e28h.test/"),
        ("http://a/{x}|y^`z'\"<>", "http://a/%7Bx%7D|y^%60z'%22%3C%3E"),
        ("http://a/?{x}|y^`z'\"<>\\", "http://a/?{x}|y^`z%27%22%3C%3E\\"),
        ("http://a//b//c/", "http://a//b//c/"),
        ("http://a/b?x=1?y=2&x=3&x=3", "http://a/b?x=1?y=2&x=3&x=3"),
        ("http://a?q=1", "http://a/?q=1"),
        ("https://a:443/b", "https://a/b"),
        ("https://a:80/b", "https://a:80/b"),
        (" http://a/\tb\n", "http://a/b"),
        ("http:///x/y", "http://x/y"),
        ("http://h/Products('a')/x;y=1", "http://h/Products('a')/x;y=1"),
    ],
)
def test_a_url_is_read_as_node_reads_it(url, expected):
    assert str(parse_url(url)) == expected


def test_credentials_come_out_decoded():
    address = parse_url("http://us%40er:p%3Aw@h:1/x")
    assert (address.username, address.password, str(address)) == ("us@er", "p:w", "http://h:1/x")
    # As in Node, a password alone is none.
    assert parse_url("http://:pw@h").password == ""


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://a b/", "a b"),
        ("http://a:99999/", "99999"),
        ("http://256.1.1.1", "256.1.1.1"),
        ("ftp://a/", "ftp:"),
        ("no-scheme", "no-scheme"),
        ("http://", "no host"),
    ],
)
def test_what_is_no_url_is_refused_with_its_reason(url, part):
    with pytest.raises(RequestError) as error:
        parse_url(url)
    assert part in error.value.message


@pytest.mark.parametrize(
    ("base", "location", "expected"),
    [
        ("http://a/b/c?d", "e", "http://a/b/e"),
        ("http://a/b/c?d", "/e?f", "http://a/e?f"),
        ("http://a/b/c?d", "?f", "http://a/b/c?f"),
        ("https://a/b", "//c/d", "https://c/d"),
        ("http://a/b", "https://c:1/d#e", "https://c:1/d"),
        ("http://a/b/c/d", "../x", "http://a/b/x"),
        ("http://a/b", "http:///c", "http://c/"),
        ("https://a/b", "http:/c", "http://c/"),
        ("http://a/b/c", "http:d", "http://a/b/d"),
        ("http://a/b/c", "http:/d", "http://a/d"),
        ("https://a/b", "\\\\c\\d", "https://c/d"),
        ("http://a/b", "/\\c", "http://c/"),
        ("http://a/b", "\\/c", "http://c/"),
        ("http://a/b", "///c", "http://c/"),
        ("http://a/b/c", "\\d", "http://a/d"),
        ("http://a/b/c?d", "", "http://a/b/c?d"),
        ("http://a/b/c?d", "#e", "http://a/b/c?d"),
        ("http://a/b/c", " \t/d\n", "http://a/d"),
    ],
)
def test_a_location_is_resolved_against_the_url(base, location, expected):
    assert str(parse_url(resolve(base, location))) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://ada:s3cret@a b/",
        "http://ada:s3c/ret@host/",
        "http://ada:s3c?ret@host/?key=s3cret",
        "http://ada:s3c#ret@host/",
        "http://ada:x@host:s3c/ret@host/",
        "ada:s3cret@host",
    ],
)
def test_an_error_does_not_show_the_password(url):
    with pytest.raises(RequestError) as error:
        parse_url(url)
    assert not {"s3c", "ret"} & set(re.findall(r"s3c|ret", str(error.value)))
