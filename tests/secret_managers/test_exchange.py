"""Lists that managers give in pages."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from bruscript.http import Client, ClientConfig
from bruscript.masking import Mask
from bruscript.secret_managers.errors import SecretError
from bruscript.secret_managers.exchange import MOST_PAGES, Exchange


async def test_a_list_without_an_end_is_an_error() -> None:
    numbers = count(1)

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"next": f"t{next(numbers)}"}).encode()]

    client = Client(ClientConfig(app=app))
    exchange = Exchange(client.send, Mask())
    with pytest.raises(SecretError, match=f"GET https://m.test/list has more than {MOST_PAGES} pages"):
        async for _ in exchange.pages("https://m.test/list", {}, "page", lambda answer: answer.get("next")):
            pass
    await client.aclose()
    assert next(numbers) == MOST_PAGES + 1
