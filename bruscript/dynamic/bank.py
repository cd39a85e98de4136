"""Dynamic values of banks: account numbers, bank identifiers, Bitcoin addresses."""

from __future__ import annotations

import string
from typing import Final

from bruscript.dynamic.choice import ALPHANUMERIC, chance, integer, one, pick
from bruscript.dynamic.words import lists, word

_UPPER: Final = string.digits + string.ascii_uppercase
_BASE58: Final = "".join(character for character in ALPHANUMERIC if character not in "0OIl")
_BECH32: Final = "".join(
    character for character in string.digits + string.ascii_lowercase if character not in "1bio"
)
_BITCOIN: Final = (
    ("1", 26, 34, _BASE58),
    ("3", 26, 34, _BASE58),
    ("bc1", 42, 42, _BECH32),
    ("bc1p", 62, 62, _BECH32),
)
"""Prefix, length from and to, characters of each type of address."""


def iban() -> str:
    """Return an IBAN of a random country; length, kinds of characters and check digits are right."""
    country, parts = one(lists()["finance.iban"])
    account, length = "", 0
    for kind, count in parts:
        length += count
        remaining = count
        while remaining > 0:
            characters = _iban_characters(kind, remaining)
            account += characters
            remaining -= len(characters)
        account = account[:length]
    digits = "".join(str(int(character, 36)) for character in f"{account}{country}00")
    return f"{country}{98 - int(digits) % 97:02}{account}"


def _iban_characters(kind: str, remaining: int) -> str:
    """Return one or more characters: a letter, a letter or digit (mostly), or digits with some zeros."""
    if kind == "a":
        return one(string.ascii_uppercase)
    if kind == "c":
        return str(integer(0, 9)) if chance(0.8) else one(string.ascii_uppercase)
    if remaining >= 3 and chance(0.3):
        zeros = "00" if chance() else "0"
        return f"{zeros}{integer(1, 9)}"
    return str(integer(0, 9))


def masked_iban() -> str:
    """Return an IBAN of which four characters at the start and two at the end can be seen."""
    number = iban()
    return f"{number[:4]}{'*' * (len(number) - 6)}{number[-2:]}"


def bic() -> str:
    """Return a bank identifier, with or without a branch."""
    with_branch = chance()
    bank = pick(string.ascii_uppercase, 4) + word("finance.bic_country") + pick(_UPPER, 2)
    if not with_branch:
        return bank
    return bank + (pick(_UPPER, 3) if chance() else "XXX")


def currency_symbol() -> str:
    """Return the symbol of a currency that has one."""
    while True:
        symbol = word("finance.currency_symbol")
        if symbol:
            return symbol


def bitcoin_address() -> str:
    """Return what looks like a Bitcoin address of one of four types; its checksum is not right."""
    prefix, low, high, characters = one(_BITCOIN)
    return prefix + pick(characters, integer(low, high) - len(prefix))
