"""Lines of source are shown without the secrets that stand in them in so many words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bruscript.masking import Mask
from bruscript.report.excerpt import excerpt
from bruscript.report.redaction import redacted
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
    "password": "of the user"
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
    password: of the user
"""


def test_secret_settings_of_auth_blocks_and_headers_are_masked() -> None:
    shown = "\n".join(redacted(BRU.splitlines()))
    assert "secret " not in shown
    assert shown.count("********") == 8
    for line in BRU.splitlines():
        assert "secret " in line or line in shown


def test_in_yaml_too() -> None:
    shown = "\n".join(redacted(YML.splitlines()))
    assert shown == YML.rstrip("\n").replace("secret one", "********")


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
