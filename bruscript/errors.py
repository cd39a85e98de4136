"""Errors the user can fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class BruscriptError(Exception):
    """Base of every error that bruscript raises on purpose.

    `message` says what is wrong and where; `hint`, if there is one, what to do.
    `exit_code` is the command's exit status (the reference's number if it has one).

    Examples:
        >>> try:
        ...     collection.run(env="prod")
        ... except bruscript.BruscriptError as error:
        ...     print(error)
        Environment file not found: environments/prod.bru
        The environments here: local.
    """

    exit_code = 255

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class CollectionError(BruscriptError):
    """The path is not in a collection, or the collection's own files cannot be used.

    Examples:
        >>> bruscript.load("no/such/directory")
        Traceback (most recent call last):
        bruscript.errors.CollectionError: Path not found: ...
    """

    exit_code = 4


class CollectionFileError(CollectionError):
    """A file on which the whole collection or a folder depends cannot be used.

    `reason` is the message without its place, which is `file` with `line` and `column`, both 1-based. Without
    a column the mistake is the whole file's.

    Examples:
        >>> bruscript.load("broken")
        Traceback (most recent call last):
        bruscript.errors.CollectionFileError: ...
    """

    def __init__(
        self,
        message: str,
        *,
        file: Path,
        reason: str,
        line: int = 1,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.reason = reason
        self.line = line
        self.column = column


class PathNotFoundError(BruscriptError):
    """A file or folder that was asked for does not exist.

    Examples:
        >>> collection.run(paths="orders")
        Traceback (most recent call last):
        bruscript.errors.PathNotFoundError: ...
    """

    exit_code = 5


class ArgumentError(BruscriptError):
    """The arguments contradict one another, or name what cannot be used.

    Examples:
        >>> collection.run(deny_env="MY_*")
        Traceback (most recent call last):
        bruscript.sandbox.services.errors.PatternError: ...
    """

    exit_code = 1


class PathOutsideError(ArgumentError):
    """A path to run lies outside the collection: a run has one collection.

    Examples:
        >>> collection.run(paths="/")
        Traceback (most recent call last):
        bruscript.errors.PathOutsideError: ...
    """


class EnvironmentNotFoundError(BruscriptError):
    """The environment, or the file named for it, does not exist.

    Examples:
        >>> collection.environment("prod")
        Traceback (most recent call last):
        bruscript.errors.EnvironmentNotFoundError: ...
    """

    exit_code = 6


class InvalidFileError(BruscriptError):
    """A named file exists but is not valid.

    Examples:
        >>> collection.run(json_file="shop/health.bru")
        Traceback (most recent call last):
        bruscript.errors.InvalidFileError: ...
    """

    exit_code = 10
