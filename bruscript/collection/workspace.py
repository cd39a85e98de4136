"""Workspaces: a directory with a workspace.yml, whose environments are global to its collections."""

from __future__ import annotations

import os
from pathlib import Path

from bruscript.collection.environment import Environment, read_environment
from bruscript.errors import BruscriptError
from bruscript.option_names import option


class WorkspaceRequiredError(BruscriptError):
    """A global environment was asked for, and the collection is in no workspace."""

    exit_code = 12


class WorkspaceNotFoundError(BruscriptError):
    """The workspace's directory does not exist or is not one."""

    exit_code = 11


class GlobalEnvironmentNotFoundError(BruscriptError):
    """The workspace has no such global environment."""

    exit_code = 13


def find_workspace(start: Path) -> Path | None:
    """Return the nearest directory with a workspace.yml, from `start` upwards."""
    start = Path(os.path.abspath(start))
    return next((path for path in (start, *start.parents) if (path / "workspace.yml").is_file()), None)


def global_environment(
    name: str, collection: Path, workspace: str | os.PathLike[str] | None = None
) -> Environment:
    """Return the global environment `name` of `workspace`, or else of the workspace around `collection`.

    Raises WorkspaceRequiredError, WorkspaceNotFoundError, GlobalEnvironmentNotFoundError, or InvalidFileError
    for a file that cannot be read.
    """
    root = Path(os.path.abspath(workspace)) if workspace is not None else find_workspace(collection)
    if root is None:
        raise WorkspaceRequiredError(
            f"Workspace not found: {collection} is not in a workspace",
            hint=f"Give {option('--workspace-path')}, or put the collection into a directory with a "
            "workspace.yml.",
        )
    check_workspace(root)
    path = root / "environments" / f"{name}.yml"
    if not path.is_file():
        names = ", ".join(global_environments(root))
        raise GlobalEnvironmentNotFoundError(
            f"Global environment not found: environments/{name}.yml in the workspace {root}",
            hint=f"The environments there: {names}." if names else "The workspace has no environments.",
        )
    return read_environment(path, name)


def check_workspace(root: Path) -> None:
    """Raise WorkspaceNotFoundError if `root` is not a workspace."""
    if not root.exists():
        raise WorkspaceNotFoundError(f"Workspace path not found: {root}")
    if not (root / "workspace.yml").is_file():
        raise WorkspaceNotFoundError(f"Invalid workspace: workspace.yml not found in {root}")


def global_environments(workspace: Path) -> list[str]:
    """Return the names of a workspace's global environments, sorted."""
    return sorted(path.stem for path in (workspace / "environments").glob("*.yml"))
