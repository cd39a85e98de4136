"""The canonical form of a text: the same meaning, laid out as Bruno writes it."""

from __future__ import annotations

from bruscript.lang.document import Format, Kind


def format_text(
    text: str, kind: Kind = "request", *, format: Format = "bru", filename: str | None = None
) -> str:
    """Return the canonical form of a text. Formatting its result again changes nothing.

    Raises BruSyntaxError.
    """
    if format == "bru":
        from bruscript.lang.bru.format import format_bru

        return format_bru(text, kind, filename=filename)
    from bruscript.lang.yml.format import format_yml

    return format_yml(text, kind, filename=filename)
