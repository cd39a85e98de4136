"""The reference reads the `.bru` files that `convert` writes as bruscript does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compat.test_language import SETTINGS, Reference, reference
from conversion.trees import FILES_BY_KIND, yaml_of
from hypothesis import given
from hypothesis import strategies as st

from bruscript.conversion.file import yml_file
from bruscript.conversion.refusal import RefusedError
from bruscript.lang import BruSyntaxError, Kind, parse

pytestmark = pytest.mark.reference

__all__ = ["reference"]


@SETTINGS
@given(data=st.data(), kind=st.sampled_from(sorted(FILES_BY_KIND)))
def test_the_reference_reads_the_same(reference: Reference, data: st.DataObject, kind: Kind) -> None:
    try:
        converted = yml_file(
            yaml_of(data.draw(FILES_BY_KIND[kind])), kind, Path("a.yml"), lambda value: value
        )
    except (BruSyntaxError, RefusedError):
        return
    assert converted is not None
    assert converted.text is not None
    ours = json.loads(json.dumps(parse(converted.text, kind).to_json()))
    assert reference.ask("parse", "collection" if kind == "folder" else kind, converted.text) == ours
