"""The text of a page, for errors: servers and proxies answer with pages where something is wrong."""

from __future__ import annotations

from html.parser import HTMLParser

_INVISIBLE = frozenset({"script", "style", "svg", "template", "noscript"})


class _PageText(HTMLParser):
    """Collects what a browser shows of the page that it is fed with, and its title."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: list[str] = []
        self._depth = 0

    @property
    def text(self) -> str:
        """The texts, one space between them."""
        return " ".join(self._texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter what is not shown."""
        self._depth += tag in _INVISIBLE

    def handle_endtag(self, tag: str) -> None:
        """Leave what is not shown."""
        self._depth -= tag in _INVISIBLE and self._depth > 0

    def handle_data(self, data: str) -> None:
        """Take a text."""
        if not self._depth and data.strip():
            self._texts.append(data.strip())


def text_of(html: str) -> str:
    """Return what a browser shows of a page, its title first; "" for nothing."""
    page = _PageText()
    page.feed(html)
    page.close()
    return page.text
