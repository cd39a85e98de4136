"""Signs in and consents at the OpenID server as a user with a browser would; follows it to the callback URL.

The URL may be the one that a device shows: the end is then the page that says so. As a command it takes the
authorization URL, and can stand for a browser: BROWSER="python consent.py %s".
"""

from __future__ import annotations

import re
import sys
from urllib.parse import urljoin, urlsplit

import httpx


def consent(url: str, *, deny: bool = False) -> str:
    """Go through the pages of sign-in and consent; the URL that it ends at, which is not visited."""
    server = urlsplit(url).netloc
    with httpx.Client() as browser:
        response = browser.get(url)
        for _ in range(16):
            form = re.search(r'<form[^>]* action="([^"]+)"', response.text)
            if response.is_redirect:
                url = urljoin(str(response.url), response.headers["location"])
                if urlsplit(url).netloc != server:
                    return url
                response = browser.get(url)
            elif "Sign-in Success" in response.text or "interrupted" in response.text:
                # That of a refusal has a form too, for another code.
                return str(response.url)
            elif form:
                if deny and (abort := re.search(r'href="([^"]+/abort)"', response.text)):
                    response = browser.get(urljoin(str(response.url), abort[1]))
                    continue
                fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', response.text))
                if fields.get("prompt") == "login":
                    fields |= {"login": "ada", "password": "any"}
                response = browser.post(urljoin(str(response.url), form[1]), data=fields)
            else:
                raise AssertionError(f"{response.status_code}: {response.text}")
    raise AssertionError("no end of pages")


if __name__ == "__main__":
    httpx.get(consent(sys.argv[1], deny="--deny" in sys.argv))
