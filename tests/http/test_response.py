import json

import pytest
from apps.charsets import CASES

from bruscript.http.response import Response


def response(body, content_type="", **options):
    headers = [("Content-Type", content_type)] if content_type else []
    return Response(200, "OK", headers, "http://a/", body, **options)


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("grün".encode(), "text/plain", "grün"),
        ("grün".encode("latin-1"), "text/plain; charset=iso-8859-1", "grün"),
        ("grün".encode("latin-1"), 'text/plain; charset="ISO-8859-1"', "gr\ufffdn"),
        ("ж".encode("cp1251"), "text/html;charset=windows-1251", "ж"),
        ("語".encode("shift_jis"), "text/plain; charset=Shift_JIS", "語"),
        ("grün".encode("utf-16"), "text/plain; charset=utf-16", "grün"),
        (b"\xef\xbb\xbfbom", "text/plain", "bom"),
        ("grün".encode(), "text/plain; charset=nonsense", "grün"),
        (b"YWJj", "text/plain; charset=base64", "YWJj"),
        (rb"\u0041", "text/plain; charset=unicode_escape", r"\u0041"),
        (b"a\xffb", "text/plain; charset=undefined", "a\ufffdb"),
        (b"a\xffb", "text/plain; charset=idna", "a\ufffdb"),
        (b"a\xffb", "text/plain", "a\ufffdb"),
        (b"", "", ""),
    ],
)
def test_text_is_decoded_in_its_charset(body, content_type, text):
    assert response(body, content_type).text == text


def test_a_byte_order_mark_decides_and_is_no_part_of_the_text():
    for body, content_type, text in CASES:
        assert response(body, content_type).text == text, (body, content_type)


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b'{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b"12345678901234567890123", 12345678901234567890123),
        (b"1.0", 1),
        (b"1e3", 1000),
        (b"NaN", "NaN"),
        (b'{"a": Infinity}', '{"a": Infinity}'),
        (b"{'a': 1}", "{'a': 1}"),
        (b'"quoted"', "quoted"),
        (b"", ""),
        (b"[" * 100000, "[" * 100000),
    ],
)
def test_what_is_json_is_parsed_whatever_its_type(body, data):
    assert response(body, "text/plain").data == data


def test_integral_numbers_are_integers_as_in_javascript():
    assert json.dumps(response(b"[1.0, 1e3, 1.5]").data) == "[1, 1000, 1.5]"


def test_parsing_can_be_left_out():
    assert response(b'{"a": 1}', parse_json=False).data == '{"a": 1}'


def test_repeated_headers_are_joined_as_node_joins_them():
    headers = [
        ("X-A", "1"),
        ("x-a", "2"),
        ("Set-Cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("ETag", "first"),
        ("etag", "second"),
    ]
    assert Response(200, "OK", headers, "http://a/").header_map == {
        "x-a": "1, 2",
        "set-cookie": ["a=1", "b=2"],
        "etag": "first",
    }
