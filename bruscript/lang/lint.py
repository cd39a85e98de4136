"""Finds what is legal in a file and yet hardly meant."""

from __future__ import annotations

from bruscript.lang.bru.document import BruDocument
from bruscript.lang.document import Document, Finding


def lint(document: Document) -> list[Finding]:
    """Give the findings of one document, by line."""
    if isinstance(document, BruDocument):
        from bruscript.lang.bru import lint as bru

        return bru.lint(document)
    from bruscript.lang.yml import lint as yml
    from bruscript.lang.yml.document import YmlDocument

    assert isinstance(document, YmlDocument)
    return yml.lint(document)
