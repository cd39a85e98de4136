"""Signs in at the Django site and consents, as a user with a browser would; follows it to the callback URL.

As a command it takes the authorization URL, and can stand for a browser: BROWSER="python … %s".
"""

from __future__ import annotations

import html
import re
import sys
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx


class User:
    """Ada with a browser, who consents unless `deny`; `visited` are the paths of the pages that she saw."""

    def __init__(self, *, deny: bool = False) -> None:
        self.deny = deny
        self.visited: list[str] = []

    def __call__(self, url: str) -> str:
        """Go through the pages; the URL that they end at, which is not visited if it is the callback's."""
        callback = parse_qs(urlsplit(url).query).get("redirect_uri", ["no callback"])[0]
        with httpx.Client() as browser:
            response = browser.get(url)
            for _ in range(12):
                if response.is_redirect:
                    url = urljoin(str(response.url), response.headers["location"])
                    if url.startswith(callback):
                        return url
                    response = browser.get(url)
                    continue
                assert response.status_code == 200, response.text
                self.visited.append(response.url.path)
                if "<form" not in response.text:
                    return str(response.url)
                response = browser.post(response.url, data=self._filled(response.text))
        raise AssertionError("no end of pages")

    def _filled(self, page: str) -> dict[str, str]:
        tags = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in re.findall(r"<input [^>]+>", page)]
        fields = {tag["name"]: html.unescape(tag.get("value", "")) for tag in tags if "name" in tag}
        if "username" in fields:
            fields |= {"username": "ada", "password": "lovelace"}
        if 'name="action"' in page:
            fields["action"] = "deny" if self.deny else "accept"
        if self.deny:
            fields.pop("allow", None)
        return fields


if __name__ == "__main__":
    httpx.get(User()(sys.argv[1]))
