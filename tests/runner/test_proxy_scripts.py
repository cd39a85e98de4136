"""Proxy auto-config files of a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import bruscript

REQUEST = "meta {\n  name: NAME\n}\n\nget {\n  url: http://NAME.test/\n}\n"
PAC = """function FindProxyForURL(url, host) {
  if (host === "broken.test") throw new Error("no rule for " + host);
  return "PROXY 127.0.0.1:9; DIRECT";
}
"""


@pytest.mark.parametrize("isolation", ["process", "thread"])
def test_the_script_decides_where_each_request_goes(tmp_path: Path, isolation: str) -> None:
    proxy = {"inherit": False, "config": {"pac": {"source": "proxy.pac"}}}
    (tmp_path / "bruno.json").write_text(json.dumps({"version": "1", "name": "c", "proxy": proxy}))
    (tmp_path / "proxy.pac").write_text(PAC)
    for name in ("broken", "closed"):
        (tmp_path / f"{name}.bru").write_text(REQUEST.replace("NAME", name))
    broken, closed = bruscript.run(tmp_path, isolation=isolation).results  # type: ignore[arg-type]
    assert "The proxy auto-config file proxy.pac cannot be used: no rule for broken.test" in (
        broken.error or ""
    )
    assert "127.0.0.1:9" in (closed.error or "")


def test_a_run_without_such_a_file_imports_nothing_for_it(tmp_path: Path) -> None:
    (tmp_path / "bruno.json").write_text('{"version": "1", "name": "c"}')
    (tmp_path / "a.bru").write_text(REQUEST.replace("http://NAME.test/", "http://127.0.0.1:9/"))
    code = "import bruscript, sys; bruscript.run(sys.argv[1], noproxy=True); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "bruscript.http.client" in loaded
    assert not {"bruscript.http.pac", "bruscript.runner.proxy_scripts"} & {*loaded}
