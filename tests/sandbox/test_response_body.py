"""The response's body in a script: its bytes, its memory, and nothing of ours."""

# A script stands on one line, however long.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from bruscript.sandbox import Sandbox


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 3_000_001])
def test_the_response_body_is_its_bytes(sandbox: Sandbox, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
    source = "const b = res.getDataBuffer(); bru.setVar('sum', [b.length, b.reduce((a, c) => a + c, 0)])"
    result = sandbox.run_script(source, response={"body": body})
    assert result.error is None
    assert result.variables["sum"] == [size, sum(body)]


def test_a_body_that_no_script_looks_at_takes_none_of_its_memory() -> None:
    source = "test('status', () => expect(res.status).to.equal(200)); bru.setVar('size', res.getSize().body)"
    response = {"status": 200, "body": bytes(200 << 20)}
    with Sandbox(script_memory=32) as sandbox:
        result = sandbox.run_script(source, response=response)
        assert result.ok
        assert result.variables == {"size": 200 << 20}
        refused = sandbox.run_script("1;\nres.body", response=response).error
        assert refused is not None
        assert refused.line == 2
        assert refused.message == (
            "The response's body of 209715200 bytes does not fit into the memory of scripts (option script memory)"
        )


def test_a_script_may_look_at_the_body_as_often_as_it_likes(sandbox: Sandbox) -> None:
    body = b'{"n": 1, "more": "' + b"x" * 600_000 + b'"}'
    source = """
        const first = res.getDataBuffer();
        first.fill(0);
        bru.setVar("seen", [res.body.n, res.getDataBuffer().length, String(res.getDataBuffer().subarray(0, 7)), first[0]]);
        res.setBody("other");
        bru.setVar("after", [res.body, String(res.getDataBuffer()), res.getSize().body]);
    """
    result = sandbox.run_script(source, response={"status": 200, "body": body})
    assert result.error is None
    assert result.variables["seen"] == [1, len(body), '{"n": 1', 0]
    assert result.variables["after"] == ["other", "other", 5]


def test_looking_at_the_body_hands_over_nothing_of_ours(sandbox: Sandbox) -> None:
    source = """
        const handed = [];
        class Spy extends Uint8Array { constructor(...args) { super(...args); handed.push(...args); } }
        const constructor = Uint8Array;
        Object.defineProperty(Uint8Array.prototype, "constructor", { value: Spy });
        Object.defineProperty(Spy, Symbol.species, { value: Spy });
        globalThis.Uint8Array = Spy;
        res.getDataBuffer();
        res.body;
        bru.setVar("shared", handed.some((value) => value instanceof SharedArrayBuffer));
    """
    result = sandbox.run_script(source, response={"status": 200, "body": bytes(2 << 20)})
    assert result.error is None
    assert result.variables == {"shared": False}
