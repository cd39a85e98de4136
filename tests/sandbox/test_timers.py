"""Timers, and what a script does not await."""

# A script stands on one line, however long.
# ruff: noqa: E501

from __future__ import annotations

from typing import Literal

import pytest

from bruscript.sandbox import Sandbox


def test_timers_run_in_the_order_of_their_time(sandbox: Sandbox) -> None:
    source = """
      const seen = [];
      setTimeout(() => seen.push('c'), 20);
      setTimeout(() => seen.push('b'), 5);
      setImmediate(() => seen.push('a'));
      queueMicrotask(() => seen.push('micro'));
      const dropped = setTimeout(() => seen.push('never'), 1);
      clearTimeout(dropped);
      await new Promise(resolve => { let n = 0; const i = setInterval(() => { if (++n === 3) { clearInterval(i); resolve(); } }, 10); });
      bru.setVar('seen', seen);
    """
    assert sandbox.run_script(source).variables["seen"] == ["micro", "a", "b", "c"]


@pytest.mark.parametrize("mode", ["safe", "developer"])
def test_what_is_not_awaited_is_waited_for(mode: Literal["safe", "developer"]) -> None:
    source = "setTimeout(() => setTimeout(() => bru.setVar('a', 1), 5), 5); (async () => { await null; bru.setVar('b', 1) })()"
    with Sandbox(mode, isolation="thread") as sandbox:
        assert sandbox.run_script(source).variables == {"a": 1, "b": 1}


def test_a_long_timer_holds_up_no_script_in_developer_mode() -> None:
    # `Promise.race` with a time limit of its own is common; the reference's developer mode does not wait either.
    source = "setTimeout(() => {}, 60000); setInterval(() => {}, 10); bru.setVar('a', 1)"
    with Sandbox("developer") as sandbox:
        result = sandbox.run_script(source)
    assert (result.error, result.variables) == (None, {"a": 1})


def test_an_error_in_a_timer_is_told_on_the_console(sandbox: Sandbox) -> None:
    result = sandbox.run_script("setTimeout(() => { throw new Error('late') }, 1)")
    assert result.error is None
    assert result.console[0][0] == "error"
    assert "late" in result.console[0][1]
