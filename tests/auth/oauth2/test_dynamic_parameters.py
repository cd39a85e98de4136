"""Additional parameters with dynamic values in them: what is made anew does not count, all else does."""

from __future__ import annotations

import pytest
from apps.bru_text import get_request, oauth2_block

VARIABLES = {
    "collection.bru": "vars:pre-request {\n  ctx: {{user}}-{{$guid}}\n}\n",
    "folder.bru": "vars:pre-request {\n  ctx: {{inner}}\n  inner: {{user}}/{{$randomInt}}\n}\n",
    "environments/e.bru": "vars {\n  ctx: {{user}}-{{$guid}}\n}\n",
}


@pytest.fixture
def token_requests(server, collection, tmp_path):
    """Runs four rows for two users, and returns what was sent of `act_as` to get tokens."""

    def run(value: str, variables: str = "", name: str = "act_as") -> list[str]:
        block = oauth2_block(
            grant_type="client_credentials",
            access_token_url=f"{server.url}/token",
            client_id="c",
            credentials_id="x",
        )
        block += f"\nauth:oauth2:additional_params:access_token_req:body {{\n  {name}: {value}\n}}\n"
        files = {"f/folder.bru": "meta {\n  name: f\n}\n\n" + block}
        if variables == "folder.bru":
            files["f/folder.bru"] += "\n" + VARIABLES[variables]
        elif variables:
            files[variables] = VARIABLES[variables]
        files["f/r.bru"] = get_request(f"{server.url}/api")
        (tmp_path / "users.csv").write_text("user\nada\nbob\nada\nbob\n")
        env = "e" if variables.startswith("environments") else None
        result = collection(files).run(csv_file=tmp_path / "users.csv", recursive=True, env=env)
        assert [item.error for item in result.results] == [None] * 4
        assert [item.response["data"]["token"] for item in result.results] == [
            f"token-{at}" for at in ([1, 2, 1, 2] if len(server.forms) == 2 else [1, 1, 1, 1])
        ]
        return [form[name] for form in server.forms]

    return run


@pytest.mark.parametrize(
    "value", ["{{user}}-{{$guid}}", "{{$timestamp}}:{{user}}", '{"u": "{{user}}{{$isoTimestamp}}"}']
)
def test_the_part_that_is_not_dynamic_counts(token_requests, value):
    ada, bob = token_requests(value)
    assert "ada" in ada
    assert "bob" in bob


@pytest.mark.parametrize("name", ["act_as", "actor_token"])
@pytest.mark.parametrize("variables", VARIABLES)
def test_so_it_does_in_variables(token_requests, variables, name):
    ada, bob = token_requests("{{ctx}}", variables, name)
    assert "ada" in ada
    assert "bob" in bob
    assert len(ada) > len("ada-")


@pytest.mark.parametrize("value", ["{{$guid}}", "trace-{{$randomInt}}"])
def test_the_dynamic_part_does_not(token_requests, value):
    assert len(token_requests(value)) == 1
