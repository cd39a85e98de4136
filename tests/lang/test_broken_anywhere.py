"""A file that breaks anywhere shows no secret in the message about it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from masking.leaky import leaks

from bruscript import BruSyntaxError, parse
from bruscript.lang.redaction import redacted

SECRET = "Q7secretvalZ91x"
BRU = f"""meta {{
  name: a
  type: http
  seq: 1
}}

post {{
  url: http://bob:{SECRET}@h.test/p?api_key={SECRET}&x=1
  body: json
  auth: oauth2
}}

params:query {{
  token: {SECRET}
  page: 1
}}

headers {{
  Authorization: Bearer {SECRET}
  X-Api-Key: {SECRET}
  Cookie: a={SECRET}
  Accept: text/html
}}

auth:basic {{
  username: bob
  password: {SECRET}
}}

auth:oauth2 {{
  grant_type: password
  access_token_url: http://h.test/token
  client_id: shop
  client_secret: {SECRET}
  username: bob
  password: '''
    {SECRET}
  '''
  scope: a b
}}

auth:apikey {{
  key: k
  value: {SECRET}
  placement: header
}}

body:json {{
  {{
    "password": "{SECRET}",
    "name": "x"
  }}
}}

vars:pre-request {{
  host: h.test
  db_password: {SECRET}
  ~api_token: {SECRET}
}}

tests {{
  const token = "{SECRET}";
  test("x", () => expect(1).to.equal(1));
}}
"""
YML = f"""info:
  name: a
  type: http
  seq: 1

http:
  method: POST
  url: http://bob:{SECRET}@h.test/p?api_key={SECRET}&x=1
  headers:
    - name: Authorization
      value: Bearer {SECRET}
    - name: X-Api-Key
      value: "{SECRET}"
    - name: Accept
      value: text/html
  params:
    - name: token
      value: {SECRET}
      type: query
  body:
    type: json
    data: |-
      {{
        "password": "{SECRET}",
        "name": "x"
      }}
  auth:
    type: oauth2
    flow: resource_owner_password_credentials
    accessTokenUrl: http://h.test/token
    credentials:
      clientId: shop
      clientSecret: {SECRET}
      placement: body
    resourceOwner:
      username: bob
      password: {SECRET}

runtime:
  variables:
    - name: db_password
      value: {SECRET}
  scripts:
    - type: tests
      code: |-
        const token = "{SECRET}";
"""


def broken(text: str, random: random.Random) -> str:
    """Return `text` with a mistake that a hand makes."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    line = lines[at]
    place = random.randrange(len(line) + 1)
    lines[at : at + 1] = random.choice(
        [
            [line.replace(":", "", 1)],
            [line.replace(":", random.choice((" =", "=", ";", " :", "\uff1a", "::")), 1)],
            [],
            [line[:place] + line[place + 1 :]],
            [line.lstrip()],
            ["  " * random.randrange(4) + line],
            [line[:place] + random.choice("{}[]'\"`@#%&*!|>,:~-\t") + line[place:]],
            [line[:place], line[place:]],
            [line.replace(SECRET, f"{SECRET}: x").replace('"', "")],
        ]
    )
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("format", "text"), [("bru", BRU), ("yml", YML)])
def test_no_message_shows_it(format: Any, text: str, seed: int) -> None:
    assert not leaks(SECRET, redacted(text, format))
    chance = random.Random(seed)
    messages = []
    for _ in range(150):
        mutated = text
        for _ in range(chance.choice((1, 1, 2, 3))):
            mutated = broken(mutated, chance)
        try:
            parse(mutated, format=format, filename=f"a.{format}").content()
        except BruSyntaxError as error:
            messages.append(str(error))
    assert len(messages) > 20
    assert not [message for message in messages if leaks(SECRET, message)]
