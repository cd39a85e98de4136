"""A change of wording is seen: every message stands in words.txt."""

from __future__ import annotations

import difflib

from words import SNAPSHOT, messages


def test_every_message_is_in_the_snapshot() -> None:
    known, now = SNAPSHOT.read_text("utf-8").splitlines(), messages().splitlines()
    changes = list(difflib.unified_diff(known, now, "words.txt", "the sources", lineterm="", n=0))
    assert not changes, "\n".join([*changes, "", "If the words are right: python tests/words.py"])
