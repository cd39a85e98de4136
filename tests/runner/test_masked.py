"""What reporters see of a result: its data masked, its structure as it is, whatever is secret."""

from __future__ import annotations

import io
from typing import Any

from examples import examples
from hypothesis import assume, example, given
from hypothesis import strategies as st
from report.sample import every_outcome, make

from bruscript.http.sent import SentRequest
from bruscript.masking import MASKED, Mask
from bruscript.masking.words import is_distinct
from bruscript.report.shape import Omit, shape
from bruscript.runner.masked import MaskedResult
from bruscript.runner.masked_exchange import MaskedExchange
from bruscript.runner.results import ConsoleLine, ScriptFailure

WORDS = [
    *("user", "error", "status", "pass", "fail", "GET", "passed", "is fine", "res.status", "eq", "u1", "OK"),
    *(
        "content-type",
        "set-cookie",
        "accept",
        "name",
        "nested",
        "text",
        "skipped",
        "timeline",
        "request",
        "log",
    ),
    *(
        "passed.bru",
        "/col/passed",
        "1",
        "12",
        "200",
        "x",
        "e",
        "Test Script Error",
        "application/json",
        "tests",
    ),
]


def structure(report: Any, key: str = "") -> Any:
    """What no secret changes: all names of fields, and the values that are no data."""
    if isinstance(report, dict):
        return {name: structure(value, name) for name, value in report.items()}
    if isinstance(report, list):
        return [structure(value, key) for value in report]
    data = (
        "error",
        "url",
        "data",
        "headers",
        "text",
        "message",
        "stack",
        "actual",
        "expected",
        "content-type",
    )
    return None if key in (*data, "accept", "set-cookie", "name", "nested") else report


@examples(70)
@example(['a"RE-REQUEST'])
@given(
    st.lists(
        st.one_of(st.sampled_from(WORDS), st.text(max_size=7), st.from_regex(r"[a-z]{1,19}")), max_size=8
    )
)
def test_words_change_nothing_of_the_structure(secrets: list[str]) -> None:
    mask = Mask()
    for secret in secrets:
        mask.learn(secret, "A secret")
    for result in every_outcome():
        before = shape(MaskedResult(result, Mask()), Omit(timeline=False))
        after = shape(MaskedResult(result, mask), Omit(timeline=False))
        assert structure(after) == structure(before)
        assert (after["name"], after["test"]) == (before["name"], before["test"])


@examples(70)
@given(
    st.text(
        st.characters(exclude_categories=["Cs"], min_codepoint=33, exclude_characters="{}"),
        min_size=8,
        max_size=30,
    )
)
def test_a_secret_is_in_no_part_of_a_result(secret: str) -> None:
    secret = f"4x{secret}"
    assume(is_distinct(secret))
    result = make(
        "leaky",
        request={
            "method": "POST",
            "url": f"http://h/?k={secret}",
            "headers": {"x": secret},
            "data": {secret: secret},
        },
        error=f"failed: {secret}",
        console=[ConsoleLine("log", f"a {secret}")],
        tests=[
            {"description": secret, "status": "fail", "error": secret, "stack": secret, "actual": [secret]}
        ],
        assertions=[
            {"lhsExpr": secret, "rhsExpr": secret, "rhsOperand": secret, "status": "fail", "error": secret}
        ],
        script_failures=[ScriptFailure("tests", "Error", secret, f"{secret}\n    at {secret}")],
        warnings=[secret],
        timeline=[{"event": "request", "url": secret}, {"event": "token answer", "answer": {"a": [secret]}}],
        oauth2=[{"credentialsId": secret}],
        flow={"nextRequestName": secret},
    )
    result.response |= {"statusText": secret, "data": [secret], "headers": {"x": secret}, "url": secret}
    mask = Mask()
    mask.learn(secret, "A secret")
    masked = MaskedResult(result, mask)
    report = shape(masked, Omit(timeline=False))
    assert secret not in repr((report, masked.script_failures, masked.target, masked.outline))
    assert repr(report).count(MASKED) >= 20


def test_what_was_sent_shows_no_secret() -> None:
    secret = "hidden-secret-9"
    text = secret.encode()
    sent = SentRequest(f"{secret} x", f"http://h/{secret}", [(text, text)], None, reason=secret, error=secret)
    sent.response_headers, sent.content = [(b"x-" + text, text)], io.BytesIO(text)
    mask = Mask()
    mask.learn(secret, "A secret")
    exchange = MaskedExchange(sent, mask)
    names = [name for name in vars(MaskedExchange) if not name.startswith("_") and name != "is_of"]
    assert secret not in repr([sent, [getattr(exchange, name) for name in names]])
    assert exchange.method == "******** x"


def test_a_row_is_written_as_its_file_has_it() -> None:
    mask = Mask()
    mask.learn("hidden-secret-9", "test")
    user = {"name": "ä", "password": "hidden-secret-9"}
    row = {"user": user, "flag": True, "none": None, "big": 2**60, "list": ["a", 1.5], "text": "as it is"}
    result = MaskedResult(make("passed", row=row, repeated=True), mask)
    assert result.row_texts == {
        "user": '{"name": "ä", "password": "********"}',
        "flag": "true",
        "none": "null",
        "big": "1152921504606846976",
        "list": '["a", 1.5]',
        "text": "as it is",
    }
    assert result.label == '#1 user={"name": "ä", "password… flag=true none=null'
