"""A message about a file that cannot be read may name a key, but shows nothing of a secret."""

from __future__ import annotations

from typing import Any

import pytest
from masking.leaky import leaks

from bruscript import BruSyntaxError, parse
from bruscript.lang.redaction import redacted

SECRET = "P1SecretVal99"
GET = "get {\n  url: http://h.test/\n}\n\n"

CASES: dict[str, tuple[str, str, str]] = {
    # what is wrong: the format, the text, a part of the message that has to stay
    "password": ("bru", GET + f"auth:basic {{\n  username: bob\n  password {SECRET}\n}}\n", "key `password`"),
    "password with equals": ("bru", f"auth:basic {{\n  password = {SECRET}\n}}\n", "key `password`"),
    "password with a colon in it": ("bru", f"auth:basic {{\n  password {SECRET}:x\n}}\n", "key `password`"),
    "two words": ("bru", f"auth:basic {{\n  password horse {SECRET}\n}}\n", "key `password`"),
    "misspelt key": ("bru", f"auth:basic {{\n  pasword {SECRET}\n}}\n", "key `pasword`"),
    "client secret": (
        "bru",
        f"auth:oauth2 {{\n  grant_type: password\n  client_secret {SECRET}\n}}\n",
        "key `client_secret`",
    ),
    "query": ("bru", GET + f"params:query {{\n  page: 1\n  token {SECRET}\n}}\n", "key `token`"),
    "form": ("bru", f"body:form-urlencoded {{\n  api_key {SECRET}\n}}\n", "key `api_key`"),
    "value alone": ("bru", f"auth:bearer {{\n  {SECRET}\n}}\n", "found the end of the line"),
    "value alone, quoted": ("bru", f'auth:bearer {{\n  "{SECRET}"\n}}\n', "expected"),
    "header": ("bru", f"headers {{\n  Authorization Bearer {SECRET}\n}}\n", "key `Authorization`"),
    "header with equals": ("bru", f"headers {{\n  X-Api-Key = {SECRET}\n}}\n", "key `X-Api-Key`"),
    "neighbour": ("bru", f"headers {{\n  accept\n  X-Api-Key: {SECRET}\n}}\n", "key `accept`"),
    "misspelt block": ("bru", f"auth-bearer {{\n  token: {SECRET}\n}}\n", "`auth-bearer`"),
    "misspelt headers": ("bru", f"heders {{\n  Cookie: {SECRET}\n}}\n", "`heders`"),
    "on the line of the block": ("bru", f"auth:bearer {{ token: {SECRET} }}\n", "auth:bearer"),
    "unclosed": ("bru", f"auth:bearer {{\n  token: '''\n    {SECRET}\n}}\n", "'''"),
    "after quotes": ("bru", f"auth:bearer {{\n  token: '''x''' {SECRET}\n}}\n", "'''"),
    "a list": ("bru", f"auth:oauth1 {{\n  private_key: [\n    {SECRET}\n  ]\n}}\n", "`private_key`"),
    "a line below": ("bru", f"headers {{\n  Cookie: a=\n  {SECRET}\n}}\n", "expected `:`"),
    "outside of blocks": ("bru", f"SHOP_TOKEN={SECRET}\n", "expected a block name"),
    "parameters": (
        "bru",
        f"auth:oauth2:additional_params:access_token_req:headers {{\n  x-any {SECRET}\n}}\n",
        "expected `:`",
    ),
    "password in a URL": ("bru", f"get {{\n  url http://bob:{SECRET}@h.test/\n}}\n", "key `url`"),
    "query of a URL": ("bru", f"get {{\n  url http://h.test/?api_key={SECRET}&page=1\n}}\n", "key `url`"),
    "yaml": ("yml", f"http:\n  auth:\n    type: basic\n    password: {SECRET}: x\n", 'password: "********"'),
    "yaml, no colon": (
        "yml",
        f"http:\n  auth:\n    type: basic\n    password {SECRET}\n    a: b\n",
        "expected",
    ),
    "yaml, only that": (
        "yml",
        f"http:\n  auth:\n    {SECRET}\n  url: x\n  b\n",
        "expected",
    ),
    "yaml header": (
        "yml",
        f"info:\n  name: a\n  type: http\nhttp:\n  headers:\n    Authorization: Bearer {SECRET}\n",
        "Authorization",
    ),
    "yaml entry": (
        "yml",
        f"http:\n  headers:\n    - name: X-Api-Key\n      value: {SECRET}: x\n",
        'value: "********"',
    ),
    "yaml in a line": ("yml", f"http:\n  headers: [{{name: Cookie, value: {SECRET}]\n", "Cookie"),
    "yaml flow": ("yml", f"http:\n  auth: {{type: basic, password: {SECRET}\n  url: x\n", "still open"),
    "yaml alias": ("yml", f"http:\n  auth:\n    token: *{SECRET}\n", "anchor"),
    "yaml sign": ("yml", f"http:\n  auth:\n    token: %{SECRET}\n", "begins with `%`"),
    "yaml template": ("yml", f"http:\n  auth:\n    token: {{{{a}}}}{SECRET}\n", "in quotes"),
    "yaml quotes": ("yml", f'http:\n  auth:\n    token: "{SECRET}\n', "never closed"),
    "yaml escape": ("yml", f'http:\n  auth:\n    token: "a\\c{SECRET}"\n', "unknown escape"),
    "yaml tab": ("yml", f"http:\n  auth:\n\ttoken: {SECRET}\n", "found a tab"),
    "yaml text of lines": (
        "yml",
        f"http:\n  auth:\n    privateKey: |\n      {SECRET}\n   {SECRET}\n  - x\n",
        "expected",
    ),
    "yaml secret again": ("yml", f"http:\n  auth:\n    token: a\n    token: {SECRET}\n", "key `token` again"),
}


def error_of(format: Any, text: str) -> BruSyntaxError:
    with pytest.raises(BruSyntaxError) as raised:
        parse(text, format=format, filename="a." + format).content()
    return raised.value


@pytest.mark.parametrize("name", CASES)
def test_no_part_of_an_error_shows_a_secret(name: str) -> None:
    format, text, readable = CASES[name]
    error = error_of(format, text)
    assert readable in str(error)
    parts = [str(error), repr(error), error.source_line, *map(str, (error.hint, error.found, error.expected))]
    for part in parts:
        assert not leaks(SECRET, part)
    assert "\ue000" not in "".join(parts)


@pytest.mark.parametrize("name", CASES)
def test_nor_do_the_lines_around_it(name: str) -> None:
    format, text, _ = CASES[name]
    shown = redacted(text, "bru" if format == "bru" else "yml")
    assert not leaks(SECRET, shown)
    assert shown.count("\n") == text.count("\n")
