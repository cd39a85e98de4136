"""glewlwyd, an authorization server of Debian's, and the people that use it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from apps.daemons import free_port, running

SCHEMA = Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
CALLBACK = "http://127.0.0.1:7/callback"


@contextlib.contextmanager
def running_glewlwyd(folder: Path) -> Iterator[str]:
    """Run a server with the user ada and the scope read; gives the URL of its API."""
    with sqlite3.connect(folder / "db") as database:
        # So that a test can look into it while the server writes.
        database.execute("pragma journal_mode = wal")
        database.executescript(SCHEMA.read_text())
    database.close()
    port = free_port()
    (folder / "conf").write_text(f"""
        port={port} bind_address="127.0.0.1" external_url="http://127.0.0.1:{port}" login_url="login.html"
        api_prefix="api" log_mode="console" log_level="ERROR" cookie_secure=0 cookie_domain=""
        session_expiration=3600 session_key="SESSION" admin_scope="g_admin" profile_scope="g_profile"
        user_module_path="/usr/lib/glewlwyd/user" client_module_path="/usr/lib/glewlwyd/client"
        user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme" plugin_module_path="/usr/lib/glewlwyd/plugin"
        hash_algorithm="SHA512" database = {{ type = "sqlite3" path = "{folder}/db" }};
    """)
    with running(["/usr/bin/glewlwyd", f"--config-file={folder}/conf"], port):
        api = f"http://127.0.0.1:{port}/api"
        scope = {"name": "read", "password_required": True, "password_max_age": 0, "scheme": {}}
        user = {
            "username": "ada",
            "password": "lovelace",
            "scope": ["read", "openid", "g_profile"],
            "enabled": True,
        }
        administer(api, ("/scope/", scope), ("/user/?source=database", user))
        yield api


def signed_in(api: str, name: str, password: str) -> httpx.Client:
    """A client in which a user has signed in; the server's cookie names no domain that clients know."""
    cookie = httpx.post(f"{api}/auth/", json={"username": name, "password": password}).headers["set-cookie"]
    return httpx.Client(base_url=api, headers={"Cookie": cookie.split(";")[0]})


def administer(api: str, *entries: tuple[str, dict[str, Any]]) -> None:
    """Post entries to the server's own API, as its administrator."""
    with signed_in(api, "admin", "password") as admin:
        for path, data in entries:
            response = admin.post(path, json=data)
            assert response.status_code == 200, response.text


def client(name: str, grants: list[str], **more: Any) -> tuple[str, dict[str, Any]]:
    """The entry of a client."""
    return "/client/?source=database", {
        "client_id": name,
        "name": name,
        "confidential": True,
        "enabled": True,
        "scope": ["read"],
        "redirect_uri": [CALLBACK],
        "authorization_type": grants,
        **more,
    }


def plugin(module: str, name: str, parameters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The entry of a plugin; its endpoints are below its name."""
    entry = {"module": module, "name": name, "display_name": name, "enabled": True}
    return "/mod/plugin/", {**entry, "order_rank": 0, "parameters": parameters}


def consent(api: str, url: str, name: str, scope: str) -> httpx.Response:
    """Sign in as ada, who grants the client called `name` the scope, and go to the URL."""
    with signed_in(api, "ada", "lovelace") as ada:
        assert ada.put(f"/auth/grant/{name}", json={"scope": scope}).status_code == 200
        # `g_continue` is what the server's page of consent adds.
        return ada.get(f"{url}&g_continue")
