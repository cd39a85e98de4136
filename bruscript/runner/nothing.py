"""Why a selection has no requests, and what the user can do about it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bruscript.collection.ignored import Ignored
from bruscript.collection.layout import kind_of
from bruscript.files import readable_path
from bruscript.near import near_word
from bruscript.option_names import answers, option, switch

if TYPE_CHECKING:
    from bruscript.collection import Collection, Request
    from bruscript.runner.options import RunOptions

_MOST_TAGS = 30


def why_nothing(
    collection: Collection, options: RunOptions, at_paths: Sequence[Request], tested: Sequence[Request]
) -> str:
    """Return why nothing runs; `at_paths` are the requests at the paths, `tested` those that have tests."""
    if not at_paths:
        return f"Nothing to run: {_uncapitalized(no_requests(collection, options))}"
    if not tested:
        wanting = option("--tests-only")
        return f"Nothing to run: no request has a test or an active assertion, which {wanting} asks for."
    return _no_tags(collection, options, tested)


def no_rows(files: Iterable[Path]) -> str:
    """Return the message for data files without rows."""
    return f"Nothing to run: no rows in {', '.join(map(readable_path, files))}."


def answers_wanted(prompts: Iterable[str]) -> str:
    """Return how to answer the prompts with these names."""
    names = [*dict.fromkeys(prompts)]
    return f"Answer {'it' if len(names) == 1 else 'them'} with {answers('--prompt', names)}"


def no_requests(collection: Collection, options: RunOptions) -> str:
    """Return why the paths of `options` select no requests."""
    places = ", ".join(map(readable_path, options.paths or (collection.path,)))
    text = f"No requests in {places}."
    if any(is_ignored(collection, path) for path in options.paths):
        return f"{text}\n`ignore` in {readable_path(collection.config_file)} leaves this path out."
    if settings := [words for path in options.paths if (words := _settings(collection, path))]:
        return "\n".join([text, *settings])
    if not options.recursive and (below := collection.select(options.paths, recursive=True)):
        return f"{text}\nIts subfolders have {_count(below)}: add {switch('-r')} to run them."
    left_out = ignored_requests(collection, options.paths or (collection.path,))
    return f"{text}\n{left_out}" if left_out else text


def ignored_requests(collection: Collection, places: Iterable[Path]) -> str | None:
    """Return what says that the collection's settings leave out request files below these places."""
    left_out = _left_out(collection, places)
    if not left_out:
        return None
    more = f" and {len(left_out) - 1} more" if len(left_out) > 1 else ""
    return f"`ignore` in {readable_path(collection.config_file)} leaves out {left_out[0]}{more}."


def _settings(collection: Collection, path: Path) -> str | None:
    """Return what a file is that has settings, and is not a request."""
    layout = collection.layout
    if not path.is_file():
        return None
    if path.name in (layout.config_file, layout.collection_file):
        return f"{readable_path(path)} has the settings of a collection: it is not a request."
    if path.name == layout.folder_file:
        return f"{readable_path(path)} has the settings of a folder: it is not a request."
    if path.suffix == layout.suffix and kind_of(path) == "environment":
        return f"{readable_path(path)} is an environment: it is not a request."
    return None


def _left_out(collection: Collection, places: Iterable[Path]) -> list[str]:
    """Return the request files below these places that the collection's settings leave out."""
    ignored, layout = Ignored(collection.config), collection.layout
    found: dict[str, None] = {}
    for place in places:
        for directory, folders, names in os.walk(place):
            folders[:] = sorted(name for name in folders if name[0] != "." and name != "node_modules")
            for name in sorted(names):
                path = os.path.join(directory, name)
                relative = os.path.relpath(path, collection.path).replace(os.sep, "/")
                wanted = name.endswith(layout.suffix) and not layout.is_own_file(name)
                if wanted and ignored.covers(relative) and kind_of(Path(path)) == "request":
                    found[relative] = None
    return [*found]


def _uncapitalized(text: str) -> str:
    return text[0].lower() + text[1:]


def is_ignored(collection: Collection, path: Path) -> bool:
    """Return whether the collection's settings leave the path out."""
    relative = os.path.relpath(os.path.realpath(path), os.path.realpath(collection.path))
    return Ignored(collection.config).covers(relative.replace(os.sep, "/"))


def _no_tags(collection: Collection, options: RunOptions, requests: Sequence[Request]) -> str:
    tags = sorted({tag for request in requests for tag in request.effective_tags})
    if not options.tags or not set(options.tags).isdisjoint(tags):
        excluding = option("--exclude-tags", ",".join(options.exclude_tags))
        return f"Nothing to run: {excluding} leaves out every request."
    text = f"Nothing to run: no request has the tag {' or '.join(options.tags)}."
    if below := _below(collection, options):
        verb, them = ("have", "them") if len(below) > 1 else ("has", "it")
        return f"{text}\nIn subfolders {_count(below)} {verb} it: add {switch('-r')} to run {them}."
    if not tags:
        return f"{text}\nNo request has any tag."
    near = [match for tag in options.tags if (match := near_word(tag, tags))]
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    more = f" and {len(tags) - _MOST_TAGS} more" if len(tags) > _MOST_TAGS else ""
    return f"{text}{hint}\nThe tags here: {', '.join(tags[:_MOST_TAGS])}{more}."


def _below(collection: Collection, options: RunOptions) -> list[Request]:
    """Return the requests with the wanted tags that only a recursive run would find."""
    if options.recursive or not options.paths:
        return []
    everything = collection.select(options.paths, recursive=True)
    return [each for each in everything if not set(options.tags).isdisjoint(each.effective_tags)]


def _count(requests: Sequence[Request]) -> str:
    return f"{len(requests)} request{'s' if len(requests) > 1 else ''}"
