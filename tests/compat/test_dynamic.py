"""Dynamic values of the reference and ours, drawn with the same seed.

Python's `random` and the reference's library have the same generator, the Mersenne Twister, seeded alike.
"""

from __future__ import annotations

import json
import random
import re
from datetime import datetime, timezone

import pytest
from compat.reference import node

from bruscript.dynamic import dynamic, names
from bruscript.dynamic.words import lists

pytestmark = pytest.mark.reference

COUNT = 1000
SEED = 7
UNSEEDED = {"guid", "randomUUID", "timestamp", "isoTimestamp"}
DATES = {"randomDateFuture", "randomDatePast", "randomDateRecent"}
REORDERED = {
    "randomDomainName": "internet.domain_suffix",
    "randomDomainSuffix": "internet.domain_suffix",
    "randomUrl": "internet.domain_suffix",
    "randomEmail": "internet.free_email",
    "randomExampleEmail": "internet.example_email",
}
"""Values with a word of a list that is in another order in the reference, whose library is older."""

# The library seeds its generator with `Math.ceil` of a large random number when it is loaded. An array seeds
# it as Python's `random.seed` does.
DRAW = """
const [seed, count, now] = JSON.parse(process.argv[1]);
const file = require.resolve('@usebruno/common');
const ceil = Math.ceil;
globalThis.Date = class extends Date {
  constructor(...time) {
    super(...(time.length ? time : [now]));
  }
};
const values = {};
for (const name of Object.keys(require(file).mockDataFunctions)) {
  delete require.cache[file];
  Math.ceil = (number) => (number > 1e6 ? [seed] : ceil(number));
  const make = require(file).mockDataFunctions[name];
  Math.ceil = ceil;
  values[name] = Array.from({ length: count }, () => String(make()));
}
console.log(JSON.stringify(values));
"""


@pytest.fixture(scope="module")
def reference() -> dict[str, list[str]]:
    drawn: dict[str, list[str]] = json.loads(node(DRAW, json.dumps([SEED, COUNT, 0])))
    return drawn


def draw(name: str) -> list[str]:
    random.seed(SEED)
    return [str(dynamic(name)) for _ in range(COUNT)]


def test_the_names_are_the_same(reference: dict[str, list[str]]) -> None:
    assert set(reference) == names()


@pytest.mark.parametrize("name", sorted(names() - UNSEEDED - DATES - set(REORDERED) - {"randomUserAgent"}))
def test_the_same_seed_gives_the_same_values(name: str, reference: dict[str, list[str]]) -> None:
    assert draw(name) == reference[name]


@pytest.mark.parametrize("name", REORDERED)
def test_values_are_the_same_up_to_the_order_of_a_list(name: str, reference: dict[str, list[str]]) -> None:
    words = re.compile(rf"({'|'.join(map(re.escape, lists()[REORDERED[name]]))})(?=/?$)")
    ours = draw(name)
    assert [words.sub("", value) for value in ours] == [words.sub("", value) for value in reference[name]]
    assert {tuple(words.findall(value)) for value in ours} == {
        tuple(words.findall(value)) for value in reference[name]
    }


@pytest.mark.parametrize("name", [*sorted(UNSEEDED), "randomUserAgent"])
def test_values_have_the_same_shapes(name: str, reference: dict[str, list[str]]) -> None:
    def shapes(values: list[str]) -> set[str]:
        if name in ("guid", "randomUUID"):
            # Digits that say version and variant stay.
            return {re.sub("[0-9a-f](?!.{21}$|.{16}$)", "0", value) for value in values}
        return {re.sub(r"\d+", "0", value) for value in values}

    assert shapes(draw(name)) == shapes(reference[name])


@pytest.mark.parametrize("name", sorted(DATES))
def test_dates_are_as_far_from_now(name: str, reference: dict[str, list[str]]) -> None:
    def milliseconds(text: str) -> int:
        return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)

    before = datetime.now(timezone.utc).timestamp() * 1000
    ours = [milliseconds(value) for value in draw(name)]
    after = datetime.now(timezone.utc).timestamp() * 1000
    for moment, text in zip(ours, reference[name], strict=True):
        assert before - 1 <= moment - milliseconds(text) <= after + 1, text
