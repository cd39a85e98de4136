"""Whatever a YAML file holds, its `.bru` file means the same, or there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conversion.trees import FILES_BY_KIND, yaml_of
from examples import examples
from hypothesis import event, given
from hypothesis import strategies as st

from bruscript.conversion.file import bru_file, yml_file
from bruscript.conversion.losses import normal
from bruscript.conversion.refusal import RefusedError
from bruscript.lang import BruSyntaxError, Kind
from bruscript.lang.yml.document import YmlDocument

SETTINGS = examples(60)


def meaning(text: str, kind: Kind, losses: list[str]) -> Any:
    """The JSON of a file, without what its conversion says is lost, and without what it is called."""
    data = normal(YmlDocument.parsed(text, kind).content())
    lost = " ".join(losses)
    for key in ("name", "description", "examples", *(key for key in ("docs", "color") if f"`{key}`" in lost)):
        data.pop(key, None)
    meta = data.pop("meta", {})
    if not any("tag" in loss for loss in losses):
        data["tags"] = meta.get("tags", [])
    return _undescribed(data) if "description" in lost else data


def _undescribed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _undescribed(item) for key, item in value.items() if key != "description"}
    return [_undescribed(item) for item in value] if isinstance(value, list) else value


@SETTINGS
@given(data=st.data(), kind=st.sampled_from(sorted(FILES_BY_KIND)))
def test_it_comes_back_or_is_refused(data: st.DataObject, kind: Kind) -> None:
    text, path = yaml_of(data.draw(FILES_BY_KIND[kind])), Path("c/a.yml")
    try:
        YmlDocument.parsed(text, kind)
    except BruSyntaxError:
        return
    try:
        there = yml_file(text, kind, path, lambda value: value)
    except RefusedError as error:
        event("refused")
        unplaced = [reason for reason in error.reasons if not reason.startswith("c/a.yml:1:")]
        if unplaced:
            raise AssertionError(unplaced) from None
        return
    assert there is not None
    assert there.text is not None
    back = bru_file(there.text, kind, path.with_suffix(".bru"), lambda value: value)
    losses = [loss.message for loss in (*there.losses, *back.losses)]
    assert meaning(str(back.text), kind, losses) == meaning(text, kind, losses)
