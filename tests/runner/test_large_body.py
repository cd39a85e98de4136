"""Large bodies in results and reports: what they say is right, and takes little memory."""

from __future__ import annotations

import json
from typing import Any

import pytest
from apps.memory import memory_needed
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from bruscript.http import Response
from bruscript.http.response import JSON_DECODER, parse_json
from bruscript.masking import Mask
from bruscript.runner import json_stream, large_body
from bruscript.runner.large_body import LARGE, LargeBody, LargeResponse, MaskedBody, reported

SECRET = "s3cr3t-t0ken-of-some-length"

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=5),
    max_leaves=40,
)


@pytest.fixture(autouse=True, scope="module")
def _small_windows() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "WINDOW", 64)
        patch.setattr(large_body, "_PIECE", 16)
        yield


def body_of(text: str, **options: Any) -> LargeBody:
    return LargeBody(Response(200, "OK", options.pop("headers", []), "", text.encode(), **options))


def masked(text: str, *secrets: str, **options: Any) -> MaskedBody:
    mask = Mask()
    mask.learn(list(secrets), "a test")
    return MaskedBody(body_of(text, **options), mask)


@examples(40)
@given(values, st.booleans(), st.sampled_from([None, 1]), st.sampled_from([None, 2]))
def test_json_is_written_as_it_would_be_as_a_whole(
    value: Any, ascii_only: bool, given_indent: int | None, indent: int | None
) -> None:
    text = json.dumps([value, "x" * 80], ensure_ascii=ascii_only, indent=given_indent)
    body = MaskedBody(body_of(text), Mask())
    assert body._body.is_json
    expected = json.dumps(parse_json(text), ensure_ascii=False, indent=indent)
    written = "".join(body.json(indent, 4 if indent else 0))
    assert written == (expected.replace("\n", "\n    ") if indent else expected)


@examples(40)
@given(
    values, st.integers(0, 400), st.sampled_from(["", ",", "]", "}", '"', "\\", "x", ":"]), st.integers(0, 2)
)
def test_what_is_not_json_is_a_text(value: Any, at: int, wrong: str, left_out: int) -> None:
    text = json.dumps([value, "x" * 80], ensure_ascii=False)
    text = text[:at] + wrong + text[at + left_out :]
    body = MaskedBody(body_of(text), Mask())
    try:
        expected = JSON_DECODER.decode(text)
    except ValueError:
        expected = text
    # Read again: of a name given twice both values are written, as they came, and the last one counts.
    assert json.loads("".join(body.json())) == expected


def test_a_body_that_shall_not_be_parsed_is_a_text() -> None:
    text = json.dumps(["x" * 80])
    assert "".join(masked(text, parse_json=False).json()) == json.dumps(text)


def test_text_is_decoded_by_its_charset_in_pieces() -> None:
    text = "\ufeffgrün, 語, 😀\n" * 30
    response = Response(
        200, "OK", [("content-type", "text/plain; charset=utf-16")], "", text.encode("utf-16")
    )
    assert "".join(LargeBody(response).text()) == response.text
    assert "".join(body_of(text).text()) == text.removeprefix("\ufeff")


@pytest.mark.parametrize("before", range(0, 200, 3))
def test_a_secret_is_masked_wherever_the_text_is_cut(before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bruscript.masking.mask._LONGEST_PASSWORD", 30)
    around = "lorem ipsum " * 40
    text = around[:before] + SECRET + around
    assert "".join(masked(text, SECRET).text()) == around[:before] + "********" + around
    quoted = json.dumps([{"text": text, "list": ["x" * 80, text]}])
    assert SECRET not in "".join(masked(quoted, SECRET).json())


def test_what_stands_under_the_name_of_a_sensitive_header_is_masked() -> None:
    long = "y" * 100
    value = {
        "Authorization": "Bearer abc",
        "set-cookie": ["a=1", long],
        "cookie": long,
        "inner": [{"x-api-key": "k", "other": "shown", "more": long}],
    }
    shown = json.loads("".join(masked(json.dumps(value)).json()))
    assert shown == {
        "Authorization": "Bearer ********",
        "set-cookie": ["********", "********"],
        "cookie": "********",
        "inner": [{"x-api-key": "********", "other": "shown", "more": long}],
    }
    assert shown == Mask().mask(value)


def test_numbers_and_names_that_are_secrets_are_masked() -> None:
    text = json.dumps({"pin": 98127634, "list": [98127634, "x" * 80], SECRET: 1})
    shown = json.loads("".join(masked(text, "98127634", SECRET).json()))
    assert shown == {"pin": "********", "list": ["********", "x" * 80], "********": 1}


def test_a_large_result_is_a_dict_like_any_other() -> None:
    value = {"items": ["x" * LARGE]}
    response = Response(200, "OK", [("a", "b")], "http://a/", json.dumps(value).encode(), 5)
    large = reported(response)
    assert isinstance(large, LargeResponse)
    assert isinstance(large.as_is()["data"], LargeBody)
    expected = {
        "status": 200,
        "statusText": "OK",
        "headers": {"a": "b"},
        "data": value,
        "url": "http://a/",
        "responseTime": 5,
        "duration": 5,
        "size": len(response.body),
    }
    for copy in (
        dict(reported(response)),
        {**reported(response)},
        json.loads(json.dumps(reported(response))),
    ):
        assert copy == expected
    assert reported(response) == expected
    assert reported(response)["data"] == reported(response).get("data") == value
    assert list(reported(response).values()) == list(expected.values())
    large["data"] = 1
    assert large.as_is()["data"] == 1
    assert reported(Response(200, "OK", [], "", b"{}"))["data"] == {}


REPORTS = """
    import pathlib, tempfile
    from apps.raw import raw_server, response
    import bruscript
    from bruscript.report import har, html, json, ndjson, spool
    from bruscript.runner import RunOptions, arun_collection, json_stream

    json_stream.WINDOW = 1 << 16
    spool._IN_MEMORY = 1 << 20

    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "bruno.json").write_text('{"version": "1", "name": "c", "type": "collection"}')
    kinds = [json.JsonReport, html.HtmlReport, ndjson.NdjsonReport, har.HarReport]
    PIECE = {
        "text": b"lorem ipsum " * 5000,
        "binary": bytes(range(256)) * 256,
        "json": b'{"id": 123456, "name": "some name", "tags": ["a", "b"], "ok": true},' * 1000,
    }[KIND]

    async def answer(request, writer):
        count = count_of_pieces
        writer.write(response(b"", f"content-length: {count * len(PIECE) + 4}", length=False))
        writer.write(b"[")
        for _ in range(count):
            writer.write(PIECE)
            await writer.drain()
        writer.write(b"{}]")

    async def work(size):
        global count_of_pieces
        count_of_pieces = (size << 20) // len(PIECE)
        async with raw_server(answer) as server:
            (folder / "a.bru").write_text(f'''meta {{
      name: a
      type: http
      seq: 1
    }}

    get {{
      url: {server.url}
    }}

    tests {{
      test("status", () => expect(res.status).to.equal(200));
    }}
    ''')
            reports = [kind(str(folder / kind.__name__)) for kind in kinds]
            result = await arun_collection(bruscript.load(folder), RunOptions(noproxy=True), reports)
        assert result.ok
        if size > 1:
            whole = count_of_pieces * len(PIECE)
            sizes = {kind: (folder / kind.__name__).stat().st_size for kind in kinds}
            assert all(size > whole for kind, size in sizes.items() if kind is not html.HtmlReport)
"""


@pytest.mark.parametrize("kind", ["text", "binary", "json"])
def test_reports_of_a_large_body_take_at_most_three_times_its_memory(kind: str) -> None:
    size = 5
    assert memory_needed(f"    KIND = {kind!r}\n" + REPORTS, size) < 3 * size << 20
