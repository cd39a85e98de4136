"""No secret, assertion, key, code or token in any output, whatever the server does with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from apps.bru_text import get_request, oauth2_block
from apps.serving import serve_wsgi
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask, jsonify, redirect, request

from bruscript.cli import main


class Echo:
    """A server that says everything back, and remembers all that must not be seen."""

    def __init__(self, *, fails: bool) -> None:
        self.secrets: set[str] = {"code-of-the-device", "code-of-the-browser", "the-refresh-token"}
        self.count = 0
        self.state = self.callback = ""
        self.app = app = Flask(__name__)

        @app.post("/token")
        def token() -> Any:
            self.keep()
            if fails:
                # What the client has sent itself: of other secrets it cannot know.
                sent = {*request.form.values(), request.headers.get("DPoP", "")}
                text = " ".join(sent & {*self.secrets, "the-password+1", "the-subject-token"})
                return jsonify(error="invalid_grant", error_description=f"not with {text}"), 400
            self.count += 1
            token = f"the-access-token-number-{self.count}"
            self.secrets.add(token)
            kind = "DPoP" if "DPoP" in request.headers else "Bearer"
            return jsonify(
                access_token=token, token_type=kind, refresh_token="the-refresh-token", **request.form
            )

        @app.post("/device")
        def device() -> Any:
            self.keep()
            return jsonify(
                device_code="code-of-the-device",
                user_code="SHOWN-TO-THE-USER",
                verification_uri=request.host_url,
                interval=0.01,
            )

        @app.post("/par")
        def par() -> Any:
            self.keep()
            self.state = request.form["state"]
            self.callback = request.form["redirect_uri"]
            return jsonify(request_uri="urn:of-the-pushed-request", expires_in=60), 201

        @app.post("/introspect")
        @app.post("/revoke")
        def explain() -> Any:
            self.keep()
            return jsonify(active=True, **request.form)

        @app.get("/authorize")
        def authorize() -> Any:
            callback = request.args.get("redirect_uri", self.callback)
            state = request.args.get("state", self.state)
            return redirect(f"{callback}?code=code-of-the-browser&state={state}")

        @app.get("/api")
        def api() -> Any:
            self.keep()
            return jsonify(dict(request.headers))

    def keep(self) -> None:
        for name in ("client_assertion", "assertion", "subject_token", "code_verifier", "client_secret"):
            if value := request.form.get(name):
                self.secrets.add(value)
        if proof := request.headers.get("DPoP"):
            self.secrets.add(proof)


KEY = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def blocks(url: str) -> dict[str, dict[str, str]]:
    shared = {
        "access_token_url": f"{url}/token",
        "introspection_url": f"{url}/introspect",
        "revocation_url": f"{url}/revoke",
        "client_id": "c",
        "dpop": "true",
    }
    signed = {**shared, "client_authentication": "private_key_jwt", "private_key": "{{process.env.KEY}}"}
    return {
        "signed": {"grant_type": "client_credentials", **signed},
        "secret": {
            "grant_type": "client_credentials",
            **shared,
            "client_secret": "the-client-secret",
            "client_authentication": "client_secret_jwt",
        },
        "basic": {
            "grant_type": "password",
            **shared,
            "username": "ada",
            "password": "the-password+1",
            "client_secret": "the-client-secret",
            "credentials_placement": "basic_auth_header",
        },
        "bearer": {"grant_type": "jwt_bearer", **signed, "assertion_subject": "ada"},
        "exchange": {"grant_type": "token_exchange", **shared, "subject_token": "the-subject-token"},
        "device": {
            "grant_type": "device_code",
            **shared,
            "device_authorization_url": f"{url}/device",
        },
        "code": {
            "grant_type": "authorization_code",
            **shared,
            "authorization_url": f"{url}/authorize",
            "callback_url": "http://127.0.0.1:0/cb",
            "pkce": "true",
        },
        "pushed": {
            "grant_type": "authorization_code",
            **signed,
            "authorization_url": f"{url}/authorize",
            "pushed_authorization_url": f"{url}/par",
            "callback_url": "http://127.0.0.1:0/cb",
            "pkce": "true",
        },
    }


@pytest.mark.parametrize("detail", ["-v", "-vv"])
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_secret_in_any_output(collection, tmp_path, monkeypatch, capfd, fails, detail):
    monkeypatch.setenv("KEY", PEM.replace("\n", "\\n"))
    monkeypatch.setenv("BROWSER", "curl -sLo /dev/null %s")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    server = Echo(fails=fails)
    store = str(tmp_path / "t.json")
    out: list[str] = []

    def command(*arguments: str) -> int:
        status = main(list(arguments))
        captured = capfd.readouterr()
        out.extend([captured.out, captured.err])
        return status

    with serve_wsgi(server.app) as url:
        files = {}
        for name, keys in blocks(url).items():
            files[f"{name}/folder.bru"] = f"meta {{\n  name: {name}\n}}\n\n" + oauth2_block(
                **keys, credentials_id=name
            )
            files[f"{name}/r.bru"] = get_request(f"{url}/api")
        made = collection(files)
        monkeypatch.chdir(made.path)
        outputs = {
            kind: tmp_path / f"out.{kind}" for kind in ("json", "html", "junit", "har", "ndjson", "allure")
        }
        options = [part for kind, path in outputs.items() for part in (f"--reporter-{kind}", str(path))]
        status = command("run", "-r", detail, "--reporter-github", "--token-store", store, *options)
        assert (status == 0) != fails, out
        entries = [] if fails else json.loads(Path(store).read_text())["tokens"]
        assert len(entries) == (0 if fails else len(files) // 2)
        command("list", "-r")
        command("check", ".")
        for name in ("login", "introspect", "logout"):
            command("auth", name, ".", "--token-store", store)
            command("auth", "list", "--token-store", store)
            command("auth", "show", "code", "--token-store", store)
    texts = [*out, (tmp_path / "summary").read_text("utf-8")]
    texts += [path.read_text("utf-8") for path in tmp_path.glob("out.*") if path.is_file()]
    texts += [path.read_text("utf-8") for path in outputs["allure"].iterdir()]
    secrets = server.secrets | {"the-client-secret", "the-password+1", "the-subject-token"}
    secrets |= set(PEM.splitlines()[1:-1])
    secrets |= {json.loads(entry["credentials"]["dpop_key"])["d"] for entry in entries}
    for text in texts:
        for secret in secrets:
            assert secret not in text
