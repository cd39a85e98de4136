"""Lines of source are shown without the secrets that stand in them in so many words."""

from __future__ import annotations

from pathlib import Path

import pytest
from growth import assert_linear

from bruscript.lang.redaction import Source, redacted, redacted_message
from bruscript.masking import Mask
from bruscript.runner.excerpt import excerpt
from bruscript.runner.failures import Place

BRU = """auth:basic {
  username: ann
  password: secret one
}

auth:oauth2 {
  access_token_url: http://idp/token
  client_id: shop
  client_secret: "secret two"
  token_placement: header
}

auth:oauth2:additional_params:access_token_req:headers {
  x-any: secret three
}

auth:bearer {
  token: {{token}}
}

auth:oauth1 {
  private_key: '''
    secret four
    secret five
  '''
  consumer_key: shop
}

auth:awsv4 {
  accessKeyId: AK
  secretAccessKey: secret six
}

headers {
  Authorization: Bearer secret seven
  ~X-Api-Key: secret eight
  Accept: text/html
}

body:json {
  {
    "password": "secret nine"
  }
}

tests {
  const token: "typed";
}
"""

YML = """http:
  headers:
    - name: accept
      value: text/html
  auth:
    type: basic
    username: ann
    password: secret one
    token: "{{token}}"
  body:
    password: secret two
"""


def test_secret_settings_of_auth_blocks_and_headers_are_masked() -> None:
    shown = redacted(BRU, "bru")
    assert "secret " not in shown
    assert shown.count("********") == 9
    for line in BRU.splitlines():
        assert "secret " in line or line in shown


def test_in_yaml_too() -> None:
    shown = redacted(YML, "yml")
    assert shown == YML.replace("secret one", "********").replace("secret two", "********")


KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQ7x\nkL09ab\n-----END PRIVATE KEY-----"
ENTRIES = """info:
  name: token
  seq: 7
http:
  url: http://h.test/?page=1&api_key=SECRET&size=2
  headers:
    - value: SECRET
      name: X-Api-Key
    - name: accept
      value: text/html
  auth:
    type: oauth2
    flow: client_credentials
    accessTokenUrl: http://idp:8080/token
    credentials: {clientId: shop, clientSecret: SECRET}
    unknown: SECRET
    tokenConfig:
      placement:
        header: Bearer
    additionalParameters:
      accessTokenRequest:
        - name: audience
          value: SECRET
          placement: body
variables:
  - name: key
    value:
      data: SECRET
  - name: host
    secret: true
    value: |
      SECRET

      SECRET
  - {name: token, value: SECRET}
  - {name: page, value: 3}
runtime:
  scripts:
    - type: tests
      code: |-
        const token = res.body.token;
        req.setHeader("Authorization", "Bearer SECRET");
        test("a token", () => expect(token).to.equal("x"));
"""
SPEC = """{
  "name": "token",
  "servers": [
    {
      "name": "X-Api-Key",
      "value": "SECRET"
    },
    {
      "name": "page",
      "value": "3"
    }
  ],
  "password": "SECRET"
}
"""
CODE = """const token = res.body.token;
const password = "SECRET";
const secret = { "apiKey": 'SECRET', size: 3 };
bru.setVar("token", "SECRET");
expect(res.body.token).to.equal("x");
const token2 = "short";
"""


@pytest.mark.parametrize(("text", "source"), [(ENTRIES, "yml"), (SPEC, "yml"), (CODE, "js")])
def test_other_places(text: str, source: Source) -> None:
    shown = redacted(text.replace("SECRET", "Qw3r-Ty78-90Ab"), source)
    for before, after in zip(text.splitlines(), shown.splitlines(), strict=True):
        if "SECRET" in before:
            assert "********" in after
            assert before.partition("SECRET")[0].startswith(after.partition("********")[0])
            assert "Ty78" not in after
        else:
            assert after == before


def test_private_keys_are_masked_anywhere() -> None:
    begin, end = "-----********-----\n", "-----********-----\n"
    masked = f"{begin}{2 * ('********' + chr(10))}{end}"
    assert redacted(f"docs {{\n{KEY}\n}}\n", "bru") == f"docs {{\n{masked}}}\n"


@pytest.mark.parametrize(
    "text",
    [
        "vars {\n  token: {{a}}\n  secret: null\n  api_key: \n}\n",
        "headers {\n  Authorization: Bearer {{token}}\n}\n",
        "assert {\n  res.body.token: isDefined\n  res.body.token: eq {{token}}\n}\n",
        "vars:post-response {\n  token: res.body.access_token\n}\n",
        "vars:secret [\n  token,\n  key\n]\n",
        'params:query {\n  page: 1\n  token: "{{a}}"\n}\n',
        'body:json {\n  { "password": "{{password}}", "n": 1 }\n}\n',
    ],
)
def test_what_gives_nothing_away_stays(text: str) -> None:
    assert redacted(text, "bru") == text


def test_an_assertion_shows_no_token() -> None:
    text = "assert {\n  res.body.token: eq sk_live_4eC39HqLyjWD901\n}\n"
    assert redacted(text, "bru") == "assert {\n  res.body.token: eq ********\n}\n"


@pytest.mark.parametrize("text", ["password: ", '"', "a:", " ", "{", "<password", "token=", "- ", "'''\n"])
@pytest.mark.parametrize("frame", ["%s", "auth:basic {\n%s\n}", "body:json {\n  %s\n}", "a: |\n  %s"])
@pytest.mark.parametrize("source", ["bru", "yml", "js"])
def test_time_grows_with_the_size_of_a_text(text: str, frame: str, source: Source) -> None:
    assert_linear(lambda size: redacted(frame % (text * size), source), 500)


@pytest.mark.parametrize("line", range(1, BRU.count("\n") + 1))
def test_an_excerpt_around_any_line_shows_none(tmp_path: Path, line: int) -> None:
    (tmp_path / "a.bru").write_text(BRU)
    shown = list(excerpt(Place("a.bru", line, 1), tmp_path, Mask()))
    assert sum(text.startswith(">") and text.split()[1] == str(line) for text in shown) == 1
    assert not any("secret " in text for text in shown)


def test_known_secrets_are_masked_in_any_line(tmp_path: Path) -> None:
    mask = Mask()
    mask.learn("tk-58f1-93aa", "A secret")
    mask.learn("const", "A secret")
    (tmp_path / "a.js").write_text("const key = 'tk-58f1-93aa';\n")
    assert list(excerpt(Place("a.js", 1), tmp_path, mask)) == ["> 1 | const key = '********';"]


def test_flows_of_oauth_in_a_message_are_words() -> None:
    message = (
        "`flow` is `device`, expected one of `client_credentials`, `resource_owner_password_credentials`"
    )
    assert redacted_message(message) == message
