"""The file of one imported request."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bruscript.collection.layout import BRU, YML, Layout, layout_at, layout_of, root_of
from bruscript.errors import ArgumentError, BruscriptError
from bruscript.importing.layout import request_text
from bruscript.importing.names import Names
from bruscript.lang import Format
from bruscript.report.output import StandardOutput
from bruscript.unicode import utf8


def write_request(item: dict[str, Any], output: Path, format_: Format | None) -> None:
    """Write a request into the file or directory `output`, behind those that are there; `-` prints it.

    The format is that of the file's name or of the collection, where `format_` does not say. Raises
    ArgumentError for a file that exists, and a format that the collection does not have.
    """
    if str(output) == "-":
        StandardOutput().write(request_text(item, format_ or "yml"))
        return
    if output.is_dir():
        layout = _layout(output, format_)
        names = Names(*(path.name for path in output.iterdir()), layout.folder_file, layout.collection_file)
        path = output / names.take(item["name"], layout.suffix)
    else:
        if output.suffix not in (YML.suffix, BRU.suffix):
            raise ArgumentError(f"{output} is neither a directory nor a .yml or .bru file")
        path, layout = output, layout_of(output)
        if (format_ or layout.format) != layout.format:
            raise ArgumentError(f"{output} is not a name for a file of the format {format_}")
        _layout(path.parent, layout.format)
    own = (layout.folder_file, layout.collection_file)
    count = sum(each.name not in own for each in path.parent.glob(f"*{layout.suffix}"))
    text = request_text({**item, "seq": count + 1}, layout.format)
    try:
        with path.open("xb") as stream:
            stream.write(utf8(text))
    except FileExistsError:
        raise ArgumentError(f"{path} exists already", hint="Name another file.") from None
    except OSError as error:
        raise BruscriptError(f"Cannot write {path}: {error.strerror}") from None
    print(f"Wrote {path}", file=sys.stderr)


def _layout(directory: Path, format_: Format | None) -> Layout:
    root = root_of(directory)
    own = layout_at(root) if root is not None else None
    layout = {"yml": YML, "bru": BRU}[format_] if format_ else None
    if own is not None and layout is not None and own is not layout:
        raise ArgumentError(f"{root} is a collection of {own.suffix} files")
    return own or layout or YML
