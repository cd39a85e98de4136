"""Text of .bru files for tests."""

from __future__ import annotations


def oauth2_block(**keys: str) -> str:
    """A folder's or collection's auth: the keys of the block, as they stand in the file."""
    lines = "".join(f"  {key}: {value}\n" for key, value in {"token_header_prefix": "Bearer", **keys}.items())
    return f"auth {{\n  mode: oauth2\n}}\n\nauth:oauth2 {{\n{lines}}}\n"


def get_request(
    url: str, seq: int = 1, more: str = "", auth: str = "inherit", *, name: str = "", tag: str = ""
) -> str:
    """A request file."""
    tags = f"  tags: [\n    {tag}\n  ]\n" if tag else ""
    return (
        f"meta {{\n  name: {name or f'r{seq}'}\n  type: http\n  seq: {seq}\n{tags}}}\n\n"
        f"get {{\n  url: {url}\n  body: none\n  auth: {auth}\n}}\n\n{more}"
    )


def status_assertion(status: int = 200) -> str:
    """A block that expects a status."""
    return f"assert {{\n  res.status: eq {status}\n}}\n"
