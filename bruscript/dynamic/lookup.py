"""Dynamic values by name."""

from __future__ import annotations

from bruscript.dynamic.plain import PLAIN


def dynamic(name: str) -> str | None:
    """Return a fresh value for the dynamic variable `name` (without `$`).

    None for an unknown variable.
    """
    make = PLAIN.get(name)
    if make is None:
        if not name.startswith("random"):
            return None
        # Imported here: reading the word lists takes some milliseconds.
        from bruscript.dynamic.fake import FAKES

        make = FAKES.get(name)
    return make() if make else None


def names() -> frozenset[str]:
    """Return the names of all dynamic variables, without `$`."""
    from bruscript.dynamic.fake import FAKES

    return frozenset(PLAIN) | frozenset(FAKES)
