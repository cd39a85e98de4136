from __future__ import annotations

import pytest

from bruscript.evaluate.url import InvalidUrlError, encode_url, with_path_params, with_scheme


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("h/x", "http://h/x"),
        ("localhost:80", "http://localhost:80"),
        ("https://h", "https://h"),
        ("{{host}}/x", "http://{{host}}/x"),
        ("1a://h", "http://1a://h"),
    ],
)
def test_missing_scheme(url: str, expected: str) -> None:
    assert with_scheme(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h/a b/ü?q=a b", "http://h/a%20b/%C3%BC?q=a%20b"),
        ("http://h/a%20b?q=%20", "http://h/a%20b?q=%2520"),
        ("http://h/%zz%41", "http://h/%25zzA"),
        ("http://u:p@[::1]:80/a#b?c=d#e", "http://u:p@[::1]:80/a%23b?c=d%23e"),
        ("http://h?a&b=&=c&&d=1=2", "http://h?a&b=&d=1%3D2"),
        ("http://h/?", "http://h/?"),
    ],
)
def test_encoding(url: str, expected: str) -> None:
    assert encode_url(url) == expected


PARAMS = [
    {"name": "id", "value": "a b"},
    {"name": "n", "value": 5},
    {"name": "empty", "value": " "},
    {"name": "off", "value": "x", "enabled": False},
    {"name": "id", "value": "second"},
]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h/:id/:n/:empty/:off/:other", "http://h/a b/5/:empty/:off/:other"),
        ("h/x/:n/?q=:n#f", "http://h/x/5/?q=:n"),
        ("https://u:p@h:443//a/../:n//", "https://h/5/"),
        ("http://h/Items(:n)/Sub(a=':n',b=:other)/no:n", "http://h/Items(5)/Sub(a='5',b=:other)/no:n"),
        ("http://h", "http://h/"),
    ],
)
def test_path_parameters(url: str, expected: str) -> None:
    assert with_path_params(url, PARAMS) == expected


def test_a_url_that_is_none() -> None:
    with pytest.raises(InvalidUrlError, match="Invalid URL format"):
        with_path_params("http://a b/:id", PARAMS)
