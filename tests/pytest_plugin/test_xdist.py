"""With pytest-xdist a collection stays on one worker, and tokens are shared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling, LoadScopeScheduling

from bruscript.pytest_plugin.hooks import group_of

Make = Callable[..., Path]
Seen = Callable[[], list[str]]

SET = 'script:post-response {\n  bru.setVar("id", "41");\n}'
GET = 'tests {\n  test("is kept", () => expect(bru.getVar("id")).to.equal("41"));\n}'
XDIST = ("-p", "xdist.plugin", "-n", "2")


# `worksteal` and `loadgroup` are scheduled like `load`, and `loadfile` like `loadscope`: see the next test.
@pytest.mark.parametrize("dist", ["load", "loadscope", "no", "each"])
def test_each_request_is_sent_once_and_by_one_worker(
    pytester: pytest.Pytester, make: Make, seen: Seen, dist: str
) -> None:
    names = ["one", "two", "three"]
    for name in names:
        make(name, **{f"{name}_a": SET, f"{name}_b": GET, f"{name}_c": GET})
    pytester.makepyfile(test_python="def test_python(): pass\n\ndef test_other(): pass")
    run = pytester.runpytest_inprocess(*XDIST, "--dist", dist, "-v", "--strict-markers")
    times = 2 if dist == "each" else 1
    run.assert_outcomes(passed=(3 * len(names) + 2) * times)
    sent = Counter(seen())
    assert sent == {f"{name}_{request}": times for name in names for request in "abc"}
    workers: dict[str, set[str]] = {}
    for worker, name in re.findall(r"\[(gw\d)\].*PASSED (\w+)/bruno.json::", run.stdout.str()):
        workers.setdefault(name, set()).add(worker)
    assert all(len(used) == times for used in workers.values())
    assert set.union(*workers.values()) == {"gw0", "gw1"}, "collections spread over the workers"


def test_what_would_spread_a_collection_keeps_it_together(pytester: pytest.Pytester, make: Make) -> None:
    make()
    config = pytester.parseconfigure("-p", "xdist.plugin", "--tx", "2*popen", "--dist", "load")
    hooks = config.pluginmanager.get_plugin("bruscript-items")
    assert hooks is not None
    others = {"loadscope": LoadScopeScheduling, "loadfile": LoadFileScheduling}
    for dist in ("load", "worksteal", "loadgroup", *others):
        config.option.dist = dist
        scheduler = hooks.pytest_xdist_make_scheduler(config, None) or others[dist](config)
        groups = {scheduler._split_scope(f"api/bruno.json::{request}.bru[dev]") for request in "ab"}
        assert groups == {"api/bruno.json" if dist in others else "api/bruno.json::[dev]"}, dist


def test_a_wrong_environment_is_told_once(pytester: pytest.Pytester, make: Make) -> None:
    for name in ("api", "shop"):
        make(name, a="", b="")
    run = pytester.runpytest_inprocess(*XDIST, "--bruscript-env=nope")
    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(
        [
            "2 collections cannot use the environment 'nope':",
            "  api/bruno.json: Environment file not found: environments/nope.bru",
            "  The environments here: local, other.",
            "  shop/bruno.json: Environment file not found: environments/nope.bru",
            "  The environments here: local, other.",
        ]
    )
    run.stdout.no_fnmatch_line("*Traceback*")


def test_tokens_are_shared_and_gone_afterwards(
    pytester: pytest.Pytester, make: Make, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = pytester.path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    (pytester.path / "server.py").write_text(
        "import json\n"
        "async def app(scope, receive, send):\n"
        "    with open('seen.txt', 'a') as file:\n        file.write(scope['path'] + '\\n')\n"
        "    headers = [(b'content-type', b'application/json')]\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': headers})\n"
        "    body = {'access_token': 'pear-7171', 'token_type': 'Bearer', 'expires_in': 3600}\n"
        "    await send({'type': 'http.response.body', 'body': json.dumps(body).encode()})\n"
    )
    for name in ("one", "two"):
        root = make(name, **{name: ""})
        file = root / f"{name}.bru"
        auth = (
            "auth:oauth2 {\n  grant_type: client_credentials\n  access_token_url: {{host}}/token\n"
            "  client_id: c\n  client_secret: s\n}\n"
        )
        file.write_text(file.read_text().replace("auth: none", "auth: oauth2") + auth)
    run = pytester.runpytest_inprocess(*XDIST)
    run.assert_outcomes(passed=2)
    assert sorted(seen()) == ["one", "token", "two"]
    assert not [*temporary.glob("bruscript-*")]


@pytest.mark.parametrize(
    ("node", "group"),
    [
        ("test_a.py::test_x[1]", "test_a.py::test_x[1]"),
        ("api/bruno.json::users/a.bru", "api/bruno.json::[]"),
        ("bruno.json::a.bru[dev]", "bruno.json::[dev]"),
        ("bruno.json::a.bru[iteration2]", "bruno.json::[]"),
        ("bruno.json::a.bru[dev-iteration12]", "bruno.json::[dev]"),
        ("api/bruno.json::a.bru[dev]@api/bruno.json:dev", "api/bruno.json::[dev]"),
        ("x/opencollection.yml::a[1].yml[dev]", "x/opencollection.yml::[dev]"),
    ],
)
def test_groups(node: str, group: str) -> None:
    assert group_of(node) == group
