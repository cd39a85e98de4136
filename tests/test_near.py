"""What a misspelt word is taken for."""

from __future__ import annotations

import pytest
from cli.invoke import Invoke, invoker

from bruscript.near import near_word


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("prd", ["prod", "env"], "prod"),
        ("lokal", ["local", "loads"], "local"),
        ("smoek", ["smoke"], "smoke"),
        ("loc", ["local"], "local"),
        ("stage", ["staging"], "staging"),
        ("de", ["dev"], "dev"),
        ("Header", ["header"], "header"),
        ("--ap", ["--app", "--prompt"], "--app"),
        ("clientcredential", ["client_credentials", "password"], "client_credentials"),
        # Nearest by the letters in common, but another word.
        ("dev", ["env"], None),
        ("app", ["prompt"], None),
        ("--app", ["--prompt"], None),
        ("at", ["it"], None),
        ("x", ["xy"], None),
        ("nope", ["open"], None),
        ("smoke", [], None),
    ],
)
def test_short_words_need_a_closer_match(word: str, known: list[str], near: str | None) -> None:
    assert near_word(word, known) == near


def test_the_second_best_may_be_the_one() -> None:
    # `env` has as many letters in common.
    assert near_word("dev", ["env", "devs"]) == "devs"


@pytest.fixture
def bruscript(capsys: pytest.CaptureFixture[str]) -> Invoke:
    return invoker(capsys)


@pytest.mark.parametrize(
    ("option", "ends"),
    [("--tag", " Did you mean '--tags'?"), ("--mqq", "'--mqq'."), ("--covfefe", "'--covfefe'.")],
)
def test_an_unknown_option_names_one_that_is_spelt_like_it(bruscript: Invoke, option: str, ends: str) -> None:
    done = bruscript("run", option, "x")
    assert done.status == 1
    assert done.err.splitlines()[0].endswith(ends)
