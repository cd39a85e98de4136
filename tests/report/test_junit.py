from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from report.sample import SECRET, every_outcome, failed, make, passed, tell

from bruscript.report.console import ConsoleReport
from bruscript.report.junit import JUnitReport
from bruscript.runner.results import SYNTAX


def suites(path: Path, *results: object) -> list[ElementTree.Element]:
    target = path / "report.xml"
    tell(JUnitReport(str(target)), [list(results)])  # type: ignore[arg-type]
    return list(ElementTree.parse(target).getroot())


def test_a_suite_a_request(tmp_path: Path) -> None:
    suite = suites(tmp_path, *every_outcome())[0]
    assert suite.attrib.keys() == {
        "name",
        "file",
        "errors",
        "failures",
        "skipped",
        "tests",
        "timestamp",
        "hostname",
        "time",
    }
    assert suite.get("tests") == "4"
    assert suite.get("time") == "0.032"
    # Assertions first, then the tests of each phase, as the reference orders them.
    names = [case.get("name") for case in suite]
    assert names == ["res.status eq 200", "before", "is fine", "after"]
    assert {case.get("classname") for case in suite} == {"passed"}


def test_failures_say_what_and_where(tmp_path: Path) -> None:
    (suite,) = suites(tmp_path, failed())
    assert suite.get("failures") == "2"
    case = suite[1]
    assert case.get("name") == "has <b>markup</b> & more"
    (failure,) = case
    assert failure.get("message") == "expected 200 to equal 201"
    assert failure.text == "failed.bru:14"


def test_an_error_is_the_only_case(tmp_path: Path) -> None:
    suite = suites(tmp_path, *every_outcome())[2]
    assert (suite.get("errors"), suite.get("tests"), suite.get("failures")) == ("1", "1", "0")
    assert suite[0][0].tag == "error"
    assert suite[0][0].get("message") == "connect ECONNREFUSED 127.0.0.1:1"


def test_a_skipped_request_has_no_case(tmp_path: Path) -> None:
    suite = suites(tmp_path, *every_outcome())[4]
    assert suite.get("skipped") == "1"
    assert len(suite) == 0


def test_a_file_that_is_not_usable_is_an_error(tmp_path: Path) -> None:
    unusable = make(
        "broken", status="skipped", skip_reason=SYNTAX, error="line 3: no", error_line=3, error_column=2
    )
    (suite,) = suites(tmp_path, unusable)
    assert (suite.get("errors"), suite.get("skipped"), suite.get("tests")) == ("1", "0", "1")
    (error,) = suite[0]
    assert (error.tag, error.get("message"), error.text) == ("error", "line 3: no", "broken.bru:3")


def test_holds_no_secret_and_nothing_that_xml_cannot_hold(tmp_path: Path) -> None:
    check = {"description": f"{SECRET} \x00\x1b[31m\ufffe 😀", "status": "fail", "error": f"got {SECRET}\x08"}
    (suite,) = suites(
        tmp_path,
        make("odd\x0bname", tests=[check]),
    )
    assert SECRET not in (tmp_path / "report.xml").read_text()
    assert suite[0].get("name") == "******** \ufffd\ufffd[31m\ufffd 😀"


def test_a_request_has_its_warnings(tmp_path: Path) -> None:
    warnings = [f"one <b> {SECRET}", "two\nlines"]
    skipped = make("skipped", status="skipped", skip_reason="script", warnings=warnings)
    alone, after_output = suites(tmp_path, skipped, failed(warnings=warnings))
    text = "Warning: one <b> ********\nWarning: two\nlines"
    assert [(child.tag, child.text) for child in alone] == [("system-err", text)]
    # In the order of Jenkins' schema.
    assert [child.tag for child in after_output][-2:] == ["testcase", "system-err"]
    assert after_output[-1].text == text


def test_iterations_are_all_there(tmp_path: Path) -> None:
    target = tmp_path / "report.xml"
    tell(JUnitReport(str(target)), [[passed()], [passed()]])
    assert len(ElementTree.parse(target).getroot()) == 2


def test_a_skipped_test_is_skipped(tmp_path: Path) -> None:
    (suite,) = suites(tmp_path, make("some", tests=[{"description": "later", "status": "skipped"}]))
    assert (suite.get("skipped"), suite.get("tests"), suite.get("failures")) == ("1", "1", "0")
    assert [child.tag for child in suite[0]] == ["skipped"]


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("a text", "a text"),
        ({"a": 1}, "[object Object]"),
        ([1, [2, None], {}], "1,2,,[object Object]"),
        (True, "true"),
        (0, "0"),
        (1e21, "1e+21"),
        (None, "(a test without a name)"),
        ("", "(a test without a name)"),
        (..., "(a test without a name)"),
    ],
)
def test_a_test_may_be_named_by_anything(tmp_path: Path, description: Any, name: str) -> None:
    named = {} if description is ... else {"description": description}
    shown = make("odd", tests=[{**named, "status": "fail", "error": "e"}])
    (suite,) = suites(tmp_path, shown)
    assert suite[0].get("name") == name
    stream = io.StringIO()
    tell(ConsoleReport(stream), [[make("odd", tests=[{**named, "status": "pass"}])]])
    assert f"✓ {name}\n" in stream.getvalue()
