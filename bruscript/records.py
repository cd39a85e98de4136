"""Dataclasses that take little time to define.

A run imports some eighty of them. For each, `dataclass` writes and compiles `__repr__`, `__eq__`, `__hash__`
and the two methods of a frozen class: 0.3 ms of its 0.4. Here it writes `__init__` alone; all records share
the other methods. Their `__repr__` shows no password and no query of a URL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["record"]

if TYPE_CHECKING:
    # A type checker sees a dataclass.
    from dataclasses import dataclass as record
else:
    import re
    from dataclasses import FrozenInstanceError, dataclass, fields
    from functools import cache
    from reprlib import recursive_repr

    _PRIVATE_IN_URL = re.compile(r"(?<=://)[^/?#\s]*(?=@)|(?<=\?)\S+")
    """The user and password of a URL, and its query."""

    def record(cls=None, /, *, eq=True, repr=True, frozen=False, **options):
        """Make `cls` a dataclass. The arguments are those of `dataclass`, without `slots` and `order`.

        A field of a frozen record is set once, by `__init__`.
        """
        if cls is None:
            return lambda cls: record(cls, eq=eq, repr=repr, frozen=frozen, **options)
        own = set(cls.__dict__)
        dataclass(eq=False, repr=False, **options)(cls)
        for wanted, name, method in (
            (repr, "__repr__", _repr),
            (eq, "__eq__", _eq),
            (eq, "__hash__", _hash if frozen else None),
            (frozen, "__setattr__", _set_once),
            (frozen, "__delattr__", _keep),
        ):
            if wanted and name not in own:
                setattr(cls, name, method)
        return cls

    @recursive_repr()
    def _repr(self):
        parts = (
            f"{field.name}={_shown(getattr(self, field.name))!r}" for field in fields(self) if field.repr
        )
        return f"{type(self).__qualname__}({', '.join(parts)})"

    def _shown(value):
        # A URL may hold secrets, whatever field it is in.
        is_url = isinstance(value, str) and "://" in value
        return _PRIVATE_IN_URL.sub("…", value) if is_url else value

    @cache
    def _compared(cls):
        return tuple(field.name for field in fields(cls) if field.compare)

    def _values(self):
        return tuple([getattr(self, name) for name in _compared(self.__class__)])

    def _eq(self, other):
        return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented

    def _hash(self):
        return hash(_values(self))

    def _set_once(self, name, value):
        values = self.__dict__
        if name in values or name not in self.__dataclass_fields__:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        values[name] = value

    def _keep(self, name):
        raise FrozenInstanceError(f"cannot delete field {name!r}")
