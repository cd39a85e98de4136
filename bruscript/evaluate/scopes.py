"""The variables of a run, scope by scope, and which of them wins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field, fields, replace
from typing import TYPE_CHECKING, Any, Final

from bruscript.evaluate.generated import Made, filled, make
from bruscript.evaluate.interpolate import interpolate
from bruscript.evaluate.provenance import Withheld
from bruscript.lang.values import holds_big
from bruscript.records import record

if TYPE_CHECKING:
    from bruscript.evaluate.merge import Effective

_STATE_KEYS: Final = {
    "runtime": "runtime",
    "environment": "environment",
    "global": "global_env",
    "collection": "collection",
    "folder": "folder",
    "request": "request",
    "oauth2": "oauth2",
    "prompt": "prompt",
    "external": "external",
}
_GENERATING: Final = {
    "runtime": "runtime",
    "iteration": "iteration",
    "environment": "environment",
    "global": "global_env",
    "collection": "collection",
    "folder": "folder",
    "request": "request",
}
"""The scopes whose values may hold dynamic templates, by the sandbox's names."""
_WRITABLE: Final = ("runtime", "environment", "global", "collection", "prompt")
_STRONGEST_FIRST: Final = (
    *("external", "prompt", "iteration", "runtime", "oauth2", "request"),
    *("folder", "environment", "collection", "global_env"),
)


def _untouched() -> dict[str, set[str]]:
    return {name: set() for name in _STRONGEST_FIRST}


@record
class Scopes:
    """Every scope of variables that a request sees. The dicts are the run's own.

    Values are JSON and never changed in place: to change one is to put another under its name.

    `collection`, `folder` and `request` are those of the request at hand (`enter`); the others live on from
    request to request. `oauth2` has the keys `$oauth2.<id>.<field>`, `prompt` the answers by prompt;
    `credentials` is what the tokens used last in this iteration are kept by, by credentials id.
    `visible_env` is what scripts may see of `process_env`, None where that is all of it.

    `generated` holds the dynamic values that were made for the request's variables; `exact` says that there
    may be whole numbers among the values that JavaScript would round.

    `touched` has, scope by scope, the names of the variables that scripts have set or removed;
    `touched_credentials` the ids of the OAuth 2.0 credentials that were obtained with such variables.
    """

    runtime: dict[str, Any] = field(default_factory=dict, repr=False)
    request: dict[str, Any] = field(default_factory=dict, repr=False)
    folder: dict[str, Any] = field(default_factory=dict, repr=False)
    collection: dict[str, Any] = field(default_factory=dict, repr=False)
    environment: dict[str, Any] = field(default_factory=dict, repr=False)
    global_env: dict[str, Any] = field(default_factory=dict, repr=False)
    oauth2: dict[str, Any] = field(default_factory=dict, repr=False)
    process_env: Mapping[str, str] = field(default_factory=dict, repr=False)
    prompt: dict[str, Any] = field(default_factory=dict, repr=False)
    external: dict[str, Any] = field(default_factory=dict, repr=False)
    iteration: dict[str, Any] = field(default_factory=dict, repr=False)
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    environment_name: str | None = None
    global_name: str | None = None
    generated: dict[str, dict[str, Made]] = field(default_factory=dict, repr=False)
    exact: bool = False
    changed_collection: dict[str, Any] | None = field(default=None, repr=False)
    visible_env: Mapping[str, str] | None = field(default=None, repr=False)
    touched: dict[str, set[str]] = field(default_factory=_untouched, repr=False)
    touched_credentials: set[str] = field(default_factory=set, repr=False)

    def enter(self, effective: Effective) -> None:
        """Take the collection's, folders' and request's own variables for the request that is next.

        What scripts made of the collection's variables holds for the requests that follow.
        """
        collection = effective.collection_vars if self.changed_collection is None else self.changed_collection
        self.collection = dict(collection)
        self.folder = dict(effective.folder_vars)
        self.request = dict(effective.request_vars)
        self.generated = self._generate()
        self.exact = self.exact or effective.exact or holds_big(self.iteration)

    def _generate(self) -> dict[str, dict[str, Made]]:
        generated: dict[str, dict[str, Made]] = {}
        for key, attribute in _GENERATING.items():
            for name, value in getattr(self, attribute).items():
                # Most values are texts, and few of them ask for anything.
                if isinstance(value, str) and "{{$" not in value:
                    continue
                result = make(value)
                if result is not None:
                    generated.setdefault(key, {})[name] = result
        return generated

    def _values(self, key: str) -> dict[str, Any]:
        """Return the scope with its dynamic values."""
        scope: dict[str, Any] = getattr(self, _GENERATING[key])
        generated = self.generated.get(key)
        if not generated:
            return scope
        return {
            name: filled(value, generated[name]) if name in generated else value
            for name, value in scope.items()
        }

    def combined(self) -> dict[str, Any]:
        """Return all variables under the names that templates use; a stronger scope hides a weaker one.

        Strongest first: external secrets, iteration, runtime, oauth2, request, folder, environment,
        collection, global. Dynamic values are in their places, and the environment's values have their
        `{{process.env.X}}` resolved already.
        """
        return self._combined(self.process_env)

    def for_sending(self) -> Mapping[str, Any]:
        """Return the variables for a request's own texts: `combined`, or what withholds some from scripts."""
        if not self.withholds:
            return self.combined()
        return Withheld(self.as_scripts_see(), self.combined(), self.touched_names())

    def as_scripts_see(self) -> dict[str, Any]:
        """As `combined`, without the variables of the process that scripts may not see."""
        return self._combined(self._seen_env)

    @property
    def withholds(self) -> bool:
        """Whether some of the process's variables are withheld from scripts."""
        return self.visible_env is not None

    @property
    def _seen_env(self) -> Mapping[str, str]:
        return self.process_env if self.visible_env is None else self.visible_env

    def touched_names(self) -> frozenset[str]:
        """Return the names, as templates have them, whose values or absence a script has brought about."""
        prefixes = tuple(f"$oauth2.{each}." for each in self.touched_credentials)
        names = {name for name in self.oauth2 if name.startswith(prefixes)}
        for at, scope in enumerate(_STRONGEST_FIRST):
            for key in self.touched[scope]:
                name = f"?{key}" if scope == "prompt" else key
                if not any(self._has_own(each, name) for each in _STRONGEST_FIRST[:at]):
                    names.add(name)
        # Nothing can replace our `process`.
        return frozenset(names - {"process"})

    def _has_own(self, scope: str, name: str) -> bool:
        """Return whether a scope has a variable that templates call `name` and no script has set."""
        if scope == "prompt":
            if not name.startswith("?"):
                return False
            name = name[1:]
        return name in getattr(self, scope) and name not in self.touched[scope]

    def _combined(self, process_env: Mapping[str, str]) -> dict[str, Any]:
        process = {"env": process_env}
        environment = {
            name: interpolate(value, {"process": process})
            for name, value in self._values("environment").items()
        }
        combined: dict[str, Any] = {}
        for scope, name in (
            (self._values("global"), self.global_name),
            (self._values("collection"), None),
            (environment, self.environment_name),
            (self._values("folder"), None),
            (self._values("request"), None),
            (self.oauth2, None),
            (self._values("runtime"), None),
            (self._values("iteration"), None),
        ):
            combined.update(scope)
            if name is not None:
                combined["__name__"] = name
        combined["process"] = process
        for prompt, answer in self.prompt.items():
            combined[f"?{prompt}"] = answer
        combined.update(self.external)
        return combined

    def to_state(self) -> dict[str, Any]:
        """Return the scopes as the sandbox takes them."""
        state: dict[str, Any] = {key: dict(getattr(self, name)) for key, name in _STATE_KEYS.items()}
        if self.generated:
            state["generated"] = self.generated
        if self.exact:
            state["exact"] = True
        state["processEnv"] = dict(self._seen_env)
        state["environmentName"] = self.environment_name
        state["globalName"] = self.global_name
        return state

    def apply(self, changes: Mapping[str, Any], gone: Mapping[str, Collection[str]] | None = None) -> None:
        """Take over the scopes that scripts changed, each of them whole. The dicts stay the same objects.

        `gone` has, by scope, the variables that may be missing because a script deleted them; every other one
        that is missing keeps its value. Without `gone` whatever is missing is deleted. Scopes that scripts
        cannot write are left alone, whatever the sandbox says, and so is one that is not an object.
        """
        for key in _WRITABLE:
            if not isinstance(changes.get(key), dict):
                continue
            scope: dict[str, Any] = getattr(self, _STATE_KEYS[key])
            values = {name: value for name, value in changes[key].items() if name != "__name__"}
            if gone is not None:
                names = gone.get(key, ())
                unchanged = {
                    name: value for name, value in scope.items() if name not in names and name not in values
                }
                values = unchanged | values
            self.touched[_STATE_KEYS[key]] |= _differing(scope, values)
            scope.clear()
            scope.update(values)
            if key == "collection":
                self.changed_collection = dict(values)

    def note(self, changes: Mapping[str, Any]) -> None:
        """Take over what a job says beside the scopes that it changed (see `to_state`)."""
        self.exact = self.exact or bool(changes.get("exact"))
        generated = changes.get("generated")
        if isinstance(generated, Mapping):
            self.generated = {key: dict(made) for key, made in generated.items() if isinstance(made, Mapping)}

    def apply_row(self, values: Mapping[str, Any]) -> None:
        """Take over the row of the data file that scripts changed."""
        self.touched["iteration"] |= _differing(self.iteration, values)
        self.iteration = dict(values)

    def for_row(self, row: Mapping[str, Any], *, touched: bool = False) -> Scopes:
        """Return the scopes of another iteration, with its row of the data file; all else is shared.

        `touched` says that the row is a script's.
        """
        names = {**self.touched, "iteration": set(row) if touched else set()}
        return replace(self, iteration=dict(row), credentials={}, touched=names)

    def copy(self) -> Scopes:
        """Return a copy, for a request that runs in parallel with others."""
        other = replace(self)
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, dict):
                setattr(other, item.name, dict(value))
        other.touched = {scope: set(names) for scope, names in self.touched.items()}
        return other


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Return the names under which the two do not have the same."""
    missing = object()
    differing = {name for name, value in after.items() if before.get(name, missing) != value}
    # In Python True is 1, in a text it is not.
    differing |= {
        name
        for name, value in after.items()
        if isinstance(value, bool) is not isinstance(before.get(name), bool)
    }
    return differing | (before.keys() - after.keys())
