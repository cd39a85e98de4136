"""Errors that a service throws into the script that called it."""

from __future__ import annotations

from bruscript.errors import ArgumentError, BruscriptError


class PatternError(ArgumentError):
    """A path, host or variable in an option of a permission, or in `Permissions`, is not valid.

    One that matches nothing would deny nothing.
    """


class ServiceError(BruscriptError):
    """A host call failed; `message` is what the script's Error says. A leading `CODE:` becomes its `code`."""


class PermissionRefused(ServiceError):
    """A host call was refused; the message names the option that would allow it."""
