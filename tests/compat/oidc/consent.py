"""Signs in and consents at the OpenID server as a user with a browser would; follows it to the callback URL.

As a command it takes the authorization URL, and can stand for a browser: BROWSER="python consent.py %s".
"""

from __future__ import annotations

import re
import sys
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx


def consent(url: str, *, deny: bool = False) -> str:
    """Go through the pages of sign-in and consent; the URL that it ends at, which is not visited."""
    callback = parse_qs(urlsplit(url).query)["redirect_uri"][0]
    with httpx.Client() as browser:
        response = browser.get(url)
        for _ in range(12):
            if response.is_redirect:
                url = urljoin(str(response.url), response.headers["location"])
                if url.startswith(callback):
                    return url
                response = browser.get(url)
            elif form := re.search(r'action="([^"]+)" method="post"', response.text):
                if deny:
                    abort = re.search(r'href="([^"]+/abort)"', response.text)
                    assert abort, response.text
                    response = browser.get(urljoin(str(response.url), abort[1]))
                    continue
                fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', response.text))
                if fields["prompt"] == "login":
                    fields |= {"login": "ada", "password": "any"}
                response = browser.post(urljoin(str(response.url), form[1]), data=fields)
            else:
                raise AssertionError(f"{response.status_code}: {response.text}")
    raise AssertionError("no end of pages")


if __name__ == "__main__":
    httpx.get(consent(sys.argv[1], deny="--deny" in sys.argv))
