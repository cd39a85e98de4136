"""No output of a run shows a secret, and every output stays readable."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from masking.leaky import META, leaks, outputs, write

SECRETS = [
    "sk_live_4eC39HqLyjWDarjtT1zdp7dcABCDEFGHIJ",
    "p@ss \"w/é' \\ <b>&x9",
    "correct-horse-battery-staple",
]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.parametrize(
    ("sandbox", "secret"),
    [*(("safe", secret) for secret in SECRETS), ("developer", SECRETS[0])],
)
def test_no_nine_characters_of_a_secret_are_in_any_output(tmp_path: Path, sandbox: str, secret: str) -> None:
    write(tmp_path, secret)
    texts = outputs(
        tmp_path, "--env", "e", "--env-var", f"key={secret}", "--sandbox", sandbox, "--allow-net", "*"
    )
    for name, text in texts.items():
        assert not leaks(secret, text), name
        assert "0f1e2d3c4b5a69788796" not in text, name
    terminal = texts["terminal"]
    assert "other=plain" in terminal
    assert "a key after 12" in terminal
    assert "expected 1 to equal 2" in terminal
    assert "\x1b" not in terminal


# --- words stay readable ---

CHECKS = r"""
assert {
  res.status: eq 404
  res.body.path: isNumber
  res.body.path: startsWith mango
  res.body: isEmpty
  res.body.path: length 3
  res.body.path: in [1, 2]
  res.body.path: between 1, 2
}

tests {
  test("user admin is in stage test", () => { expect("kiwi").to.equal("mango"); });
  test("1", () => { expect(1).to.be.a("string"); });
  test("types", () => { expect({ kiwi: 1 }).to.have.all.keys("mango"); });
  test("deep", () => { expect({ kiwi: [1] }).to.deep.include({ kiwi: [2] }); });
  test("throws", () => { expect(() => {}).to.throw("mango"); });
  test("exists", () => { expect(null).to.exist; });
  test("members", () => { expect([1, 2]).to.have.ordered.members([2, 1]); });
  test("close", () => { expect(1.5).to.be.closeTo(9, 0.1); });
  test("above", () => { expect(1).to.be.above(9); });
  test("own", () => { expect({}).to.have.own.property("kiwi", "mango"); });
  test("nested", () => { expect({}).to.have.nested.property("a.b"); });
  test("json", () => { expect("kiwi").to.be.json; });
  test("satisfy", () => { expect(1).to.satisfy((n) => n > 5); });
  test("frozen", () => { expect({}).to.be.frozen; });
  test("instance", () => { expect([]).to.be.instanceof(Map); });
  test("respond", () => { expect({}).to.respondTo("kiwi"); });
  test("start", () => { expect("kiwi").to.startWith("mango"); });
  test("change", () => { expect(() => {}).to.change({ kiwi: 1 }, "kiwi"); });
  test("empty", () => { expect("kiwi").to.be.empty; });
  test("true", () => { expect(false).to.be.true; });
  test("length", () => { expect("kiwi").to.have.length.above(9); });
  test("passes", () => { expect(1).to.equal(1); });
}
"""
TIMES = re.compile(
    r"\d+(?:\.\d+)? m?s\b|\d+\.\d+|\d\d\d\d-\d\d-\d\d[T ][\d:.Z+]*|(?<=Duration \(ms\) │)[ \d]*"
    r"|[\w-]{21}(?=\")|\b\d{13}\b"
    r"|\"(?:request-start-time|responseTime|duration|time|wait|at|runDuration)\\*\": \\*\"?[\d.]+\\*\"?"
)


WORD = re.compile(r"[^\W_]{1,30}")


def readable(root: Path) -> None:
    """A collection whose data are mangoes and kiwis; whatever else its outputs say is structure, or ours."""
    write(root, "x")
    for path in root.glob("*.bru"):
        path.unlink()
    request = "get {\n  url: http://app.test/mango?kiwi=1\n  body: none\n  auth: none\n}\n\n"
    (root / "admin.bru").write_text(META % ("admin", 1) + request + CHECKS)
    (root / "skipped.bru").write_text(
        META % ("skipped", 2) + request + "script:pre-request {\n  bru.runner.skipRequest();\n}\n"
    )
    (root / "unknown.bru").write_text(
        META % ("unknown", 3) + request.replace("http://app.test", "nonsense://x")
    )


def normalized(texts: dict[str, str]) -> dict[str, list[str]]:
    return {
        name: [
            TIMES.sub("#", part)
            for line in text.splitlines()
            if "Too short to distinguish" not in line
            for part in line.split(", ")
        ]
        for name, text in texts.items()
    }


def test_our_own_words_and_the_structure_survive_any_env(tmp_path: Path) -> None:
    readable(tmp_path)
    # A secret that is nowhere, and so short that a warning says so here, too.
    (tmp_path / ".env").write_text("S_TOKEN='qz'\n")
    before = outputs(tmp_path)
    assert "✕ user admin is in stage test\n      expected 'kiwi' to equal 'mango'\n" in before["terminal"]
    assert before["terminal"].count("   ✕ ") == 28
    data = {
        word
        for result in json.loads(before["json"])[0]["results"]
        for part in ("request", "response")
        for key in ("url", "headers", "data")
        for word in WORD.findall(json.dumps(result[part].get(key)))
    }
    data |= {
        word
        for entry in json.loads(before["har"])["log"]["entries"]
        for part in ("request", "response")
        for header in entry[part]["headers"]
        for word in WORD.findall(header["value"])
    }
    words = {word for word in WORD.findall(" ".join(before.values())) if not word.isdigit()} - data
    phrases = {"Test Script Error", "Execution Summary", "request skipped", "to equal", "GET", "--reporter"}
    values = sorted(words | phrases)
    assert len(values) > 300
    (tmp_path / ".env").write_text("".join(f"S{at}_TOKEN='{value}'\n" for at, value in enumerate(values)))
    after = outputs(tmp_path)
    for name, lines in normalized(before).items():
        assert normalized(after)[name] == lines, name
