from __future__ import annotations

from typing import Any

import pytest
from growth import assert_linear

from bruscript.evaluate.url import InvalidUrlError, PathParams, encode_url, with_path_params, with_scheme
from bruscript.evaluate.url_values import resolve_url


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
        ("http://h/a%20b?q=%20&%C3%BC=%2f&r=100%&s=%zz", "http://h/a%20b?q=%20&%C3%BC=%2f&r=100%25&s=%25zz"),
        ("http://h/%zz%41", "http://h/%25zzA"),
        ("http://h/100%/%C3%A9%/%E9/%2541%", "http://h/100%25/%C3%A9%25/%E9/%2541%25"),
        ("http://u:p@[::1]:80/a#b?c=d#e", "http://u:p@[::1]:80/a%23b?c=d%23e"),
        ("http://h?a&b=&=c&&d=1=2", "http://h?a&b=&d=1%3D2"),
        ("http://h/?", "http://h/?"),
    ],
)
def test_encoding(url: str, expected: str) -> None:
    assert encode_url(url) == expected


PARAMS: list[dict[str, Any]] = [
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
        ("http://h/:n.json/:n:verb/:n-:n/:nn/:n_x", "http://h/5.json/5:verb/5-5/:nn/:n_x"),
    ],
)
def test_path_parameters(url: str, expected: str) -> None:
    assert with_path_params(url, PathParams(PARAMS)) == expected


def test_of_two_names_that_fit_the_longer_one_counts() -> None:
    params = PathParams(
        [{"name": "a", "value": "1"}, {"name": "a-b", "value": "2"}, {"name": "c.d", "value": 3}]
    )
    assert with_path_params("http://h/:a-b.x/:a.x/:c.d/:a-c", params) == "http://h/2.x/1.x/3/1-c"
    assert params.unused == set()


def test_names_that_the_path_lacks() -> None:
    params = PathParams([*PARAMS, {"name": "lost", "value": ""}])
    with_path_params("http://h/:n/x:id?q=:empty", params)
    assert params.unused == {"id", "empty", "lost"}


@pytest.mark.parametrize(
    ("url", "plain", "encoded"),
    [
        ("http://h/:größe/x", "http://h/XL/x", "http://h/XL/x"),
        ("http://h/:gr%C3%B6%C3%9Fe/x", "http://h/XL/x", "http://h/XL/x"),
        ("http://h/a:b/:größe.json", "http://h/a:b/XL.json", "http://h/a%3Ab/XL.json"),
        ("http://h/Items(:größe,:gr)", "http://h/Items(XL,1)", "http://h/Items(XL%2C1)"),
        ("http://h/:größer", "http://h/:gr%C3%B6%C3%9Fer", "http://h/%3Agr%C3%B6%C3%9Fer"),
        ("http://h/:my size", "http://h/S", "http://h/S"),
        ("http://h/:gr:verb", "http://h/1:verb", "http://h/1%3Averb"),
    ],
)
def test_names_with_other_letters(url: str, plain: str, encoded: str) -> None:
    values = {"größe": "XL", "gr": "1", "my size": "S"}
    params = [{"name": name, "value": value} for name, value in values.items()]
    assert with_path_params(url, PathParams(params)) == plain
    assert encode_url(url, PathParams(params)) == encoded


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h/:n?name=Müller&t=a b", "http://h/5?name=M%C3%BCller&t=a%20b"),
        ("http://h/Items(:n)/?$filter=a eq 'b'#f", "http://h/Items(5)/?%24filter=a%20eq%20'b'"),
        ("http://h/a%20b/:slashed/./x/../:n/#f?q=1", "http://h/a%20b/a%2Fb%3Fc%23d%25e/5/"),
        ("http://h/:slashed.json/:encoded/ü", "http://h/a%2Fb%3Fc%23d%25e.json/a%2Fb%20c/%C3%BC"),
    ],
)
def test_encoding_with_path_parameters(url: str, expected: str) -> None:
    values = [{"name": "slashed", "value": "a/b?c#d%e"}, {"name": "encoded", "value": "a%2Fb%20c"}]
    assert encode_url(url, PathParams([*PARAMS, *values])) == expected


RESERVED = "&=+#/?%"
VALUES = {
    "host": "http://h:1/base",
    "protocol": "https",
    "all": RESERVED,
    "one": "a/b",
    "path": "/x/{{one}}?y={{all}}",
    "rest": "?z=1&w={{all}}",
    "query": "a=1&b={{all}}",
    "prefix": "v1/",
    "url": "{{host}}/s?q={{all}}",
    "name": "n=m",
    "done": "a%20b",
    "number": 12,
    "me": "{{me}}",
}
ENCODED = "%26%3D%2B%23%2F%3F%25"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("{{host}}/x?q={{all}}&r=1", f"http://h:1/base/x?q={ENCODED}&r=1"),
        ("{{host}}?q=a{{all}}b", f"http://h:1/base?q=a{ENCODED}b"),
        ("{{protocol}}://h/{{all}}/{{one}}.json", f"https://h/{ENCODED}/a%2Fb.json"),
        ("{{host}}{{path}}", f"http://h:1/base/x/a%2Fb?y={ENCODED}"),
        ("http://h/api{{path}}", f"http://h/api/x/a%2Fb?y={ENCODED}"),
        ("http://h/x{{rest}}", f"http://h/x?z=1&w={ENCODED}"),
        ("http://h/x?{{query}}&c=2", f"http://h/x?a=1&b={ENCODED}&c=2"),
        ("http://h/{{prefix}}x/{{prefix}}/y", "http://h/v1/x/v1%2F/y"),
        ("{{url}}", f"http://h:1/base/s?q={ENCODED}"),
        ("http://h/x?{{name}}=1&u=http://k/{{one}}", "http://h/x?n%3Dm=1&u=http%3A%2F%2Fk%2Fa%2Fb"),
        ("http://h/{{done}}?q={{done}}", "http://h/a%20b?q=a%20b"),
        ("http://h/{{number}}/{{none}}", "http://h/12/%7B%7Bnone%7D%7D"),
        ("{{me}}", "%7B%7Bme%7D%7D"),
        ("http://h/x", "http://h/x"),
    ],
)
def test_values_stay_inside_of_their_places(url: str, expected: str) -> None:
    assert encode_url(resolve_url(url, VALUES)) == expected


def test_a_url_that_is_none() -> None:
    with pytest.raises(InvalidUrlError, match="Invalid URL format"):
        with_path_params("http://a b/:id", PathParams(PARAMS))


def test_templates_that_are_not_closed_take_linear_time() -> None:
    def unclosed(size: int) -> None:
        text = "{{" * size
        assert resolve_url("{{host}}/x", {"host": text}) == f"{text}/x"

    assert_linear(unclosed, 10_000)
