"""Signs in and consents at the OpenID server as a user with a browser would; follows it to the callback URL.

As a command it takes the authorization URL, and can stand for a browser: BROWSER="python consent.py %s".
"""

from __future__ import annotations

import re
import sys
from urllib.parse import urljoin, urlsplit

import httpx


def consent(url: str, *, deny: bool = False) -> str:
    """Go through the pages of sign-in and consent; return the URL that it ends at.

    That is the callback URL, which is not visited, or the last page of a device's sign-in.
    """
    server = urlsplit(url).netloc
    with httpx.Client() as browser:
        response = browser.get(url)
        for _ in range(12):
            if response.is_redirect:
                url = urljoin(str(response.url), response.headers["location"])
                if urlsplit(url).netloc != server:
                    return url
                response = browser.get(url)
            elif form := _form(response.text):
                fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', response.text))
                if deny and "user_code" in fields:
                    fields["abort"] = "yes"
                elif deny:
                    abort = re.search(r'href="([^"]+/abort)"', response.text)
                    assert abort, response.text
                    response = browser.get(urljoin(str(response.url), abort[1]))
                    continue
                if fields.get("prompt") == "login":
                    fields |= {"login": "ada", "password": "any"}
                response = browser.post(urljoin(str(response.url), form), data=fields)
                if "abort" in fields:
                    return str(response.url)
            elif "Sign-in Success" in response.text:
                return str(response.url)
            else:
                raise AssertionError(f"{response.status_code}: {response.text}")
    raise AssertionError("no end of pages")


def _form(page: str) -> str | None:
    """Where the form of a page is posted to."""
    tag = re.search(r"<form [^>]*>", page)
    action = re.search(r'action="([^"]+)"', tag[0]) if tag and 'method="post"' in tag[0] else None
    return action[1] if action else None


if __name__ == "__main__":
    httpx.get(consent(sys.argv[1], deny="--deny" in sys.argv))
