"""Which requests run, in which order, and what ends a run."""

from __future__ import annotations

from typing import Any

import pytest

from bruscript.runner import engine


def names(result: Any) -> list[str]:
    return [item.name for item in result.results]


def script(code: str, phase: str = "post-response") -> str:
    return f"script:{phase} {{\n  {code}\n}}\n"


FAILS = "assert {\n  res.status: eq 500\n}\n"


def test_requests_run_in_order(make: Any, echo: Any) -> None:
    result = make({"one.bru": "", "two.bru": "", "three.bru": ""}).run(app=echo)
    assert names(result) == ["one", "two", "three"]
    assert [seen["path"] for seen in echo.requests] == ["/one", "/two", "/three"]
    assert result.ok


def test_a_script_jumps(make: Any, echo: Any) -> None:
    result = make({"a.bru": script("bru.setNextRequest('c')"), "b.bru": "", "c.bru": ""}).run(app=echo)
    assert names(result) == ["a", "c"]


def test_a_skipped_request_does_not_jump(make: Any, echo: Any) -> None:
    code = "bru.setNextRequest('c'); bru.runner.skipRequest()"
    result = make({"a.bru": script(code, "pre-request"), "b.bru": "", "c.bru": ""}).run(app=echo)
    assert names(result) == ["a", "b", "c"]


def test_a_jump_to_null_ends_the_run(make: Any, echo: Any) -> None:
    result = make({"a.bru": script("bru.runner.setNextRequest(null)"), "b.bru": ""}).run(app=echo)
    assert names(result) == ["a"]
    assert result.ok


def test_a_jump_to_nowhere_is_reported_and_passed_over(make: Any, echo: Any) -> None:
    seen: list[Any] = []
    collection = make({"a.bru": script("bru.setNextRequest('z')"), "b.bru": ""})
    result = engine_run(collection, [Recorder(seen)], app=echo)
    assert names(result) == ["a", "b"]
    assert any("Could not find request with name 'z'" in getattr(event, "text", "") for event in seen)


def test_an_endless_loop_is_ended(make: Any, echo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MAX_JUMPS", 5)
    result = make({"a.bru": script("bru.setNextRequest('a')")}).run(app=echo)
    assert result.exit_code == 3
    assert len(result.results) == 6


def test_stop_and_skip(make: Any, echo: Any) -> None:
    files = {
        "a.bru": script("bru.runner.skipRequest()", "pre-request"),
        "b.bru": script("bru.runner.stopExecution()"),
        "c.bru": "",
    }
    result = make(files).run(app=echo)
    assert [(item.name, item.status) for item in result.results] == [("a", "skipped"), ("b", "pass")]
    assert [seen["path"] for seen in echo.requests] == ["/b"]


def test_bail_skips_the_rest(make: Any, echo: Any) -> None:
    result = make({"a.bru": "", "b.bru": FAILS, "c.bru": ""}).run(app=echo, bail=True)
    assert [item.status for item in result.results] == ["pass", "pass", "skipped"]
    assert result.results[2].skip_reason == "bail"
    assert result.iterations[0].bail_reason == "assertion failure"
    assert result.iterations[0].bailed_at == "b"
    assert result.summary.skipped_by_bail == 1
    assert result.exit_code == 1
    assert len(echo.requests) == 2


def test_bail_ends_the_requests_that_run_beside(make: Any, echo: Any, tmp_path: Any) -> None:
    (tmp_path / "rows.json").write_text('[{"ms": 3600000}, {"ms": 0}]')
    code = "await bru.sleep(Number(bru.runner.iterationData.get('ms')))"
    result = make({"a.bru": script(code, "pre-request") + FAILS}).run(
        app=echo, json_file=tmp_path / "rows.json", parallel=2, bail=True, script_timeout=3600
    )
    outcomes = {item.iteration_index: (item.status, item.skip_reason) for item in result.results}
    assert outcomes == {0: ("skipped", "bail"), 1: ("pass", None)}
    assert result.exit_code == 1


def test_tests_only(make: Any, echo: Any) -> None:
    files = {
        "a.bru": "",
        "b.bru": FAILS,
        "c.bru": script('test("t", () => {})'),
        "d.bru": script('// test("not")\n  /x/.test("y")'),
    }
    result = make(files).run(app=echo, tests_only=True)
    assert names(result) == ["b", "c"]


def test_tags(make: Any, echo: Any) -> None:
    def tagged(name: str, *tags: str) -> str:
        lines = "".join(f"    {tag}\n" for tag in tags)
        return (
            f"meta {{\n  name: {name}\n  type: http\n  seq: 1\n  tags: [\n{lines}  ]\n}}\n\n"
            f"get {{\n  url: http://app.test/{name}\n}}\n"
        )

    collection = make({"a.bru": tagged("a", "smoke"), "b.bru": tagged("b", "smoke", "slow"), "c.bru": ""})
    assert names(collection.run(app=echo, tags=("smoke",))) == ["a", "b"]
    assert names(collection.run(app=echo, tags=("smoke",), exclude_tags=("slow",))) == ["a"]


def test_a_file_that_does_not_parse_is_skipped_and_told(make: Any, echo: Any) -> None:
    collection = make({"a.bru": "", "bad.bru": "meta {\n  name: bad\n"})
    result = collection.run(app=echo)
    assert [(item.name, item.status) for item in result.results] == [("a", "pass"), ("bad.bru", "skipped")]
    assert "bad.bru" in str(result.results[1].error)
    assert result.exit_code == 1


def test_parallel_requests_each_have_their_variables(make: Any, echo: Any) -> None:
    code = "bru.setVar('mine', req.getName()); await bru.sleep(20); req.setHeader('x', bru.getVar('mine'))"
    files = {f"r{i}.bru": script(code, "pre-request") for i in range(6)}
    result = make(files).run(app=echo, parallel=3)
    assert sorted(names(result)) == sorted(f"r{i}" for i in range(6))
    assert all(seen["headers"]["x"] == seen["path"][1:] for seen in echo.requests)


def test_iterations_keep_runtime_variables(make: Any, echo: Any) -> None:
    code = "bru.setVar('n', (bru.getVar('n') || 0) + 1); req.setHeader('n', String(bru.getVar('n')))"
    result = make({"a.bru": script(code, "pre-request")}).run(app=echo, iteration_count=3)
    assert [seen["headers"]["n"] for seen in echo.requests] == ["1", "2", "3"]
    assert [item.iteration_index for item in result.results] == [0, 1, 2]


def test_the_number_of_iterations_is_a_number(make: Any, echo: Any) -> None:
    code = "req.setHeader('total', JSON.stringify(bru.runner.totalIterations))"
    make({"a.bru": script(code, "pre-request")}).run(app=echo, iteration_count=2)
    assert [seen["headers"]["total"] for seen in echo.requests] == ["2", "2"]


class Recorder:
    def __init__(self, seen: list[Any]) -> None:
        self.seen = seen

    def handle(self, event: Any) -> None:
        self.seen.append(event)

    def close(self) -> None:
        pass


def engine_run(collection: Any, reporters: list[Any], **options: Any) -> Any:
    from bruscript.runner import RunOptions, run_collection

    return run_collection(collection, RunOptions(**options), reporters)
