"""Which file a `require` means: Node's resolution, within the context roots (https://nodejs.org/api/modules.html)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

from bruscript.beneath import open_beneath
from bruscript.near import near_word
from bruscript.sandbox.services.errors import PermissionRefused, ServiceError
from bruscript.sandbox.services.files import read_all
from bruscript.sandbox.services.permissions import Policy, is_within

_MAX_PATH = 4096
_SIMILAR = 0.7
_EXTENSIONS = (".js", ".json", ".cjs", ".mjs", ".node")
_REQUIRE_CONDITIONS = ("node", "require", "default")
_IMPORT_CONDITIONS = ("node", "import", "module-sync", "module", "default")


class ModuleFiles:
    """Finds and reads the modules of one collection."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._packages: dict[str, dict[str, Any] | None] = {}
        self._linked: list[str] = []
        """Packages outside the roots that `node_modules` has led to: modules of theirs may be loaded."""

    def load(self, name: str, directory: str) -> dict[str, str] | None:
        """Return `{path, directory, format, source}` of what `require(name)` in `directory` means, or None.

        `format` is commonjs, module (an ES module) or json. Raises PermissionRefused outside the roots and
        ServiceError for a file that cannot be a module.
        """
        if "\0" in name or "\0" in directory:
            raise ServiceError("a module's name must be without null bytes")
        if len(name) + len(directory) > _MAX_PATH:
            raise ServiceError("the module's name is too long")
        if _is_path(name):
            path = self._local(name, directory)
        elif self.policy.mode == "safe":
            return None
        else:
            path = (
                self._package_import(name, directory)
                if name.startswith("#")
                else self._package(name, directory)
            )
        return self._describe(path) if path is not None else None

    def nearest(self, name: str, directory: str, choices: Sequence[str]) -> str | None:
        """Return the module that the unknown `name` may mean: a file, a package, or one of `choices`."""
        if _is_path(name):
            return self._nearest_file(name, directory)
        if self._is_file(self.policy.roots[0], name):
            return f"./{name}"
        names = {each.lower(): each for each in map(str, choices)}
        if self.policy.mode == "developer":
            names |= {each.lower(): each for each in self._installed(directory)}
        near = near_word(name.lower(), names, _SIMILAR)
        return names[near] if near else None

    def _nearest_file(self, name: str, directory: str) -> str | None:
        target = os.path.normpath(os.path.join(directory, name))
        parent, last = os.path.split(target)
        if self._base(os.path.realpath(parent)) is None or not os.path.isdir(parent):
            return None
        stems = {
            os.path.splitext(each)[0]: each
            for each in os.listdir(parent)
            if each.endswith(_EXTENSIONS) or os.path.isdir(os.path.join(parent, each))
            if self._is_file(parent, each)
        }
        near = near_word(os.path.splitext(last)[0], stems, _SIMILAR)
        if not near:
            return None
        bare = os.path.splitext(last)[1] == "" and self._is_file(parent, near)
        file = near if bare else stems[near]
        return name[: len(name) - len(last)] + file

    def _is_file(self, directory: str, name: str) -> bool:
        path = os.path.normpath(os.path.join(directory, name))
        if self._base(os.path.realpath(path)) is None:
            return False
        return name.endswith(_EXTENSIONS) or self._file_or_directory(path, index=True) is not None

    def _installed(self, directory: str) -> Iterator[str]:
        for place in self._search_path(directory):
            if not os.path.isdir(place):
                continue
            for each in os.listdir(place):
                if each.startswith("@"):
                    yield from (f"{each}/{inner}" for inner in os.listdir(os.path.join(place, each)))
                else:
                    yield each

    def _local(self, name: str, directory: str) -> str | None:
        target = os.path.normpath(os.path.join(directory, name))
        # A linked package is a package: its own files are named by paths only from within.
        own = self.policy.module_base(os.path.realpath(directory)) is not None
        # Refused before it is looked for, so that nobody learns which files there are outside.
        self._check(target, name, own=own)
        file = self._file_or_directory(target, index=True)
        if file is not None:
            self._check(file, name, own=own)
        return file

    def _check(self, path: str, name: str, *, own: bool = False) -> str:
        real = os.path.realpath(path)
        base = self.policy.module_base(real) if own else self._base(real)
        if base is not None:
            return base
        if self.policy.mode == "safe":
            raise PermissionRefused("Access to files outside of the collectionPath is not allowed.")
        roots = "\n".join(f"  - {root}" for root in self.policy.roots)
        raise PermissionRefused(
            f"Access to files outside of the allowed context roots is not allowed: {name}\n\n"
            f"Allowed context roots:\n{roots}"
        )

    def _base(self, real: str) -> str | None:
        """Return the directory that allows loading a module's file: a context root, or a linked package."""
        base = self.policy.module_base(real)
        if base is not None or not self._linked:
            return base
        self.policy.check_not_denied("read", real)
        return next((root for root in self._linked if is_within(real, root)), None)

    def _admit(self, home: str, package: str) -> bool:
        """Return whether modules of the package that is found at `home`, in a `node_modules`, may be loaded.

        npm links packages of a workspace, and those with a path for a version, from outside the roots, and
        puts others into a directory above. What a link leads to has to be the package that the link is called
        by: a script has no business in any other directory.
        """
        real = os.path.realpath(home)
        if self._base(real) is not None:
            return True
        self.policy.check_not_denied("read", real)
        inside = f"{os.sep}node_modules{os.sep}" in real
        if not inside and (_json_of(real, "package.json") or {}).get("name") != package:
            return False
        self._linked.append(real)
        return True

    def _file_or_directory(self, path: str, *, index: bool) -> str | None:
        if os.path.isfile(path):
            return path
        for extension in _EXTENSIONS:
            if os.path.isfile(path + extension):
                return path + extension
        if not index or not os.path.isdir(path):
            return None
        main = (self._package_file(path) or {}).get("main")
        if isinstance(main, str) and main:
            target = os.path.normpath(os.path.join(path, main))
            file = self._file_or_directory(target, index=False) or self._index(target)
            if file is not None:
                return file
        return self._index(path)

    def _index(self, directory: str) -> str | None:
        names = (os.path.join(directory, f"index{extension}") for extension in _EXTENSIONS)
        return next((name for name in names if os.path.isfile(name)), None)

    def _package(self, name: str, directory: str) -> str | None:
        parts = name.split("/")
        size = 2 if name.startswith("@") else 1
        package, inner = "/".join(parts[:size]), "/".join(parts[size:])
        if len(parts) < size or ".." in parts or "." in parts[:size]:
            return None
        owner = self._owner(directory)
        own = self._package_file(owner) if owner is not None else None
        if (
            own is not None
            and owner is not None
            and own.get("name") == package
            and own.get("exports") is not None
        ):
            return self._in_package(owner, own, inner, name)
        for place in self._search_path(directory):
            home = os.path.join(place, package)
            if not os.path.isdir(home):
                single = self._file_or_directory(home, index=False) if not inner else None
                if single is None or self._base(os.path.realpath(single)) is None:
                    continue
                return single
            if not self._admit(home, package):
                raise self._not_the_package(home, package)
            description = self._package_file(home) or {}
            if description.get("exports") is not None:
                return self._in_package(home, description, inner, name)
            return self._file_or_directory(os.path.join(home, inner) if inner else home, index=True)
        return None

    def _search_path(self, directory: str) -> list[str]:
        """List the `node_modules` directories from `directory` upwards, then from the collection upwards."""
        places = []
        for start in (directory, self.policy.roots[0]):
            current = os.path.normpath(start)
            while True:
                if os.path.basename(current) != "node_modules":
                    places.append(os.path.join(current, "node_modules"))
                parent = os.path.dirname(current)
                if parent == current:
                    break
                current = parent
        return list(dict.fromkeys(places))

    def _not_the_package(self, home: str, package: str) -> PermissionRefused:
        return PermissionRefused(
            f"Access to files outside of the allowed context roots is not allowed: {home} leads to "
            f'{os.path.realpath(home)}, which is not a package called "{package}"'
        )

    def _in_package(self, home: str, description: dict[str, Any], inner: str, name: str) -> str:
        """Resolve by the `exports` of a package (https://nodejs.org/api/packages.html#exports)."""
        exports = description["exports"]
        if not isinstance(exports, dict) or not any(key.startswith(".") for key in exports):
            exports = {".": exports}
        key = f"./{inner}" if inner else "."
        for conditions in (_REQUIRE_CONDITIONS, _IMPORT_CONDITIONS):
            target = _map(exports, key, conditions)
            if target is not None:
                return self._target(home, target, name)
        raise ServiceError(
            f"Package subpath '{key}' is not defined by \"exports\" in {os.path.join(home, 'package.json')}"
        )

    def _package_import(self, name: str, directory: str) -> str | None:
        owner = self._owner(directory)
        imports = (self._package_file(owner) or {}).get("imports") if owner is not None else None
        if owner is None or not isinstance(imports, dict):
            return None
        for conditions in (_REQUIRE_CONDITIONS, _IMPORT_CONDITIONS):
            target = _map(imports, name, conditions)
            if target is not None:
                return (
                    self._target(owner, target, name)
                    if target.startswith("./")
                    else self._package(target, owner)
                )
        return None

    def _target(self, home: str, target: str, name: str) -> str:
        path = os.path.normpath(os.path.join(home, target))
        if not target.startswith("./") or not os.path.isfile(path):
            raise ServiceError(f"Cannot find module '{name}': {path} is not there")
        return path

    def _owner(self, directory: str) -> str | None:
        """Return the nearest directory upwards that has a package.json, within what may be read."""
        current = os.path.normpath(directory)
        while self._base(os.path.realpath(current)) is not None:
            if self._package_file(current) is not None:
                return current
            parent = os.path.dirname(current)
            if parent == current or os.path.basename(current) == "node_modules":
                break
            current = parent
        return None

    def _package_file(self, directory: str) -> dict[str, Any] | None:
        if directory not in self._packages:
            self._packages[directory] = self._read_package_file(os.path.join(directory, "package.json"))
        return self._packages[directory]

    def _read_package_file(self, path: str) -> dict[str, Any] | None:
        if not os.path.isfile(path) or self._base(os.path.realpath(path)) is None:
            return None
        try:
            package = json.loads(self._read(path, path))
        except (ValueError, ServiceError):
            return None
        return package if isinstance(package, dict) else None

    def _describe(self, path: str) -> dict[str, str]:
        if path.endswith(".node"):
            raise ServiceError(f"Native add-ons are not loaded: {path} would run outside of the sandbox.")
        # Packages are known by their real path, as in Node, so that a link is not a second copy.
        display_path = os.path.realpath(path) if self._is_packaged(path) else path
        return {
            "path": display_path,
            "directory": os.path.dirname(display_path),
            "format": self._format(display_path),
            "source": self._read(path, path),
        }

    def _is_packaged(self, path: str) -> bool:
        return "node_modules" in path or self.policy.module_base(os.path.realpath(path)) is None

    def _format(self, path: str) -> str:
        extension = os.path.splitext(path)[1]
        if extension in (".json", ".mjs", ".cjs"):
            return {".json": "json", ".mjs": "module", ".cjs": "commonjs"}[extension]
        # A collection's own files are CommonJS whatever its package.json says, as in the reference.
        if not self._is_packaged(path):
            return "commonjs"
        owner = self._owner(os.path.dirname(path))
        kind = (self._package_file(owner) or {}).get("type") if owner is not None else None
        return "module" if kind == "module" else "commonjs"

    def _read(self, path: str, name: str) -> str:
        base = self._check(path, name)
        try:
            file = open_beneath(base, os.path.realpath(path), os.O_RDONLY, 0)
            try:
                return read_all(file).decode("utf-8", "replace")
            finally:
                os.close(file)
        except OSError as error:
            raise ServiceError(f"Cannot read module {path}: {error.strerror}") from error


def _is_path(name: str) -> bool:
    return name.startswith(("./", "../", "/")) or name in (".", "..") or os.path.isabs(name)


def _json_of(directory: str, name: str) -> dict[str, Any] | None:
    """Return the object in a JSON file of the directory itself, or None."""
    try:
        file = open_beneath(directory, os.path.join(directory, name), os.O_RDONLY, 0)
        try:
            value = json.loads(read_all(file))
        finally:
            os.close(file)
    except (OSError, ValueError, RecursionError, ServiceError):
        return None
    return value if isinstance(value, dict) else None


def _map(table: dict[str, Any], key: str, conditions: tuple[str, ...]) -> str | None:
    """Look `key` up in an `exports` or `imports` map, patterns with `*` included."""
    if key in table and "*" not in key:
        return _choose(table[key], conditions, "")
    best, matched = None, ""
    for pattern in table:
        head, star, tail = pattern.partition("*")
        if not star or not key.startswith(head) or not key.endswith(tail) or len(key) < len(head) + len(tail):
            continue
        if best is None or len(head) > len(best.partition("*")[0]):
            best, matched = pattern, key[len(head) : len(key) - len(tail)]
    return _choose(table[best], conditions, matched) if best is not None else None


def _choose(target: Any, conditions: tuple[str, ...], matched: str) -> str | None:
    if isinstance(target, str):
        return target.replace("*", matched)
    if isinstance(target, list):
        choices = (_choose(item, conditions, matched) for item in target)
        return next((item for item in choices if item is not None), None)
    if isinstance(target, dict):
        for condition, inner in target.items():
            if condition in conditions:
                choice = _choose(inner, conditions, matched)
                if choice is not None:
                    return choice
    return None
