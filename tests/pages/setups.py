"""What single blocks need before they run, by their first lines."""

from __future__ import annotations

from collections.abc import Callable

from apps.bru_text import get_request, status_assertion
from pages.runners import YML_COLLECTION, Page
from pages.stage import COLLECTION, smoke_request

USERS = """meta {
  name: users
  type: http
}

get {
  url: {{host}}/users
}

headers {
  accept: text/plain

tests {
}
"""
REFUSAL = 'EACCES: permission denied, read "../secrets.txt": scripts may not read there'
ORDERS = """info:
  name: orders
  type: http
http:
  method: POST
  url: "{{host}}/orders"
  body:
    type: multipartForm
"""
SHOP = """import logging

log = logging.getLogger("shop")
{padding}

class cart:
    total, items = 12, 0


def order(environ, start_response):
    log.warning("no stock of books")
    price = cart.total / cart.items
    return price
"""


TILDE = """info:
  name: pay
  type: http
  seq: 1
http:
  method: POST
  url: http://shop.test/pay
  headers:
    - name: ~total
      value: "1"
"""
NO_TILDE = "the name `~total` in `headers` has no form in .bru files: `~` disables an entry"
BOUND = """meta {
  name: login
  type: http
  seq: 1
}

get {
  url: http://shop.test/login
  body: none
  auth: oauth2
}

auth:oauth2 {
  grant_type: client_credentials
  dpop: true
  access_token_url: http://shop.test/token
  client_id: shop
}
"""


def _request(name: str, seq: int, path: str, status: int) -> str:
    return get_request(f"{{{{host}}}}/{path}", seq, status_assertion(status), "none", name=name)


def broken_users(page: Page) -> None:
    """A `headers` block on line 10 that is not closed before line 13."""
    page.stage.write("api/users.bru", USERS)


def heders(page: Page) -> None:
    """A mistake on line 5."""
    page.stage.write(
        "shop/login.bru", "meta {\n  name: login\n}\n\nheders {\n}\n\nget {\n  url: {{host}}/\n}\n"
    )


def flaky(page: Page) -> None:
    """A request that passes when it is sent again."""
    page.stage.write("api/health.bru", _request("health", 1, "flaky", 200))


def failing_application(page: Page) -> None:
    """An application that raises on line 41, and what the command prints of it."""
    page.stage.write("shop.py", SHOP.format(padding="\n" * 29))
    page.stage.write("shop/orders.bru", _request("orders", 1, "orders/7", 200))
    page.shell.run("bruscript run shop/orders.bru --env-var host=http://shop.test --app shop.py:order", (1,))
    page.output = page.shell.output


def refused_script(page: Page) -> None:
    """A script that reads a file outside the collection, and what the command prints of it."""
    script = "\nscript:pre-request {\n  require('fs').readFileSync('../secrets.txt');\n}\n"
    page.stage.write("shop/health.bru", smoke_request("health", 1, "health") + script)
    page.shell.run("bruscript run shop/health.bru --sandbox developer", (1,))
    page.output = page.shell.output


def multipart_form(page: Page) -> None:
    """A collection in YAML whose only request has a mistake."""
    page.stage.remove("shop")
    page.stage.write("shop/opencollection.yml", "opencollection: 1.0.0\ninfo:\n  name: shop\n")
    page.stage.write("shop/orders.yml", ORDERS)


def lossy(page: Page) -> None:
    """A request with a body that is not sent, and one file that is not converted."""
    for name in ("login", "request"):
        (page.stage.shop / f"{name}.yml").unlink()
    body = "\nbody:text {\n  not sent\n}\n"
    page.stage.write("shop/pay.bru", smoke_request("pay", 9, "pay") + body)


def unconvertible(page: Page) -> None:
    """A file of each format that the other one cannot hold, and what the command prints of them."""
    page.stage.remove("shop")
    page.stage.write("shop/opencollection.yml", YML_COLLECTION)
    page.stage.write("shop/pay.yml", TILDE)
    page.shell.run("bruscript convert shop --to bru -o shop-bru", (1,))
    refused = page.shell.output
    page.stage.remove("shop")
    page.stage.write("shop/bruno.json", COLLECTION % "shop")
    page.stage.write("shop/login.bru", BOUND)
    page.shell.run("bruscript convert shop --to yml -o shop-yml", (1,))
    printed = (refused + page.shell.output).splitlines()
    page.output = "\n".join(line for line in printed if not line.startswith("Wrote"))


def failing_book(page: Page) -> None:
    """A collection of which one request passes and one fails."""
    page.stage.remove("api-tests")
    page.stage.write("api-tests/bruno.json", COLLECTION % "api-tests")
    page.stage.write("api-tests/environments/local.bru", f"vars {{\n  host: {page.stage.url}\n}}\n")
    page.stage.write("api-tests/books/List books.bru", _request("List books", 1, "books", 200))
    page.stage.write("api-tests/books/Add a book.bru", _request("Add a book", 2, "broken", 201))


BLOCKS: dict[str, Callable[[Page], None]] = {
    f"shop/pay.yml:9:13: {NO_TILDE}": unconvertible,
    "$ bruscript check api/users.bru": broken_users,
    "$ bruscript check login.bru": heders,
    "$ bruscript run": multipart_form,
    "GET http://shop.test/orders/7": failing_application,
    f"{REFUSAL} (allow it with --allow-read PATH)": refused_script,
    "bruscript convert shop --to yml -o shop-yml": lossy,
    "bruscript run api --retries 2 --retry-delay 500": flaky,
    "pytest -v --bruscript api-tests --bruscript-env local": failing_book,
}
