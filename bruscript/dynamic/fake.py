"""Dynamic values that read like the real thing: people, places, companies, files, words."""

from __future__ import annotations

import base64
import re
import string
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from bruscript.dynamic.bank import bic, bitcoin_address, currency_symbol, iban, masked_iban
from bruscript.dynamic.choice import ALPHANUMERIC, chance, integer, one, pick, shuffled, weighted
from bruscript.dynamic.plain import hex_color, semver
from bruscript.dynamic.words import fill, lists, of, word

_SIZE: Final = (1, 3999)
_UNESCAPED: Final = "!*'()"
"""Characters that `encodeURIComponent` leaves unencoded, in addition to Python's `quote`."""
_PHRASE_WORDS: Final = ("abbreviation", "adjective", "ingverb", "noun", "verb")


def _pattern(name: str) -> Callable[[], str]:
    return lambda: fill(word(name), _MAKERS)


def _joined(*names: str) -> Callable[[], str]:
    return lambda: " ".join(word(name) for name in names)


def _last_name() -> str:
    return fill(weighted(lists()["person.last_name_pattern"]), _MAKERS)


def _full_name() -> str:
    sex = one(("female", "male"))
    first, last = word(f"person.first_name.{sex}"), _last_name()
    makers = {
        "person.firstName": lambda: first,
        "person.lastName": lambda: last,
        "person.prefix": of(f"person.prefix.{sex}"),
        "person.suffix": of("person.suffix"),
    }
    return fill(weighted(lists()["person.name"]), makers)


def _digits(length: int) -> str:
    """Return digits of which the first is not zero."""
    return one(string.digits[1:]) + pick(string.digits, length - 1)


def _building_number() -> str:
    return _digits(len(word("location.building_number")))


def _phone_number() -> str:
    digits = {"#": (0, 9), "!": (2, 9)}
    pattern = word("phone_number.format.national")
    return "".join(str(integer(*digits[sign])) if sign in digits else sign for sign in pattern)


def _avatar() -> str:
    if chance():
        sex = one(("female", "male"))
        return f"https://cdn.jsdelivr.net/gh/faker-js/assets-person-portrait/{sex}/512/{integer(0, 99)}.jpg"
    return f"https://avatars.githubusercontent.com/u/{integer(0, 10**8)}"


def _image(category: str) -> Callable[[], str]:
    return lambda: _flickr(integer(*_SIZE), integer(*_SIZE), f"/{category}")


def _flickr(width: int, height: int, category: str = "") -> str:
    return f"https://loremflickr.com/{width}/{height}{category}?lock={integer(0, 2**53 - 1)}"


def _image_url() -> str:
    width, height = integer(*_SIZE), integer(*_SIZE)
    if one((True, False)):
        return _flickr(width, height)
    return f"https://picsum.photos/seed/{pick(ALPHANUMERIC, integer(5, 10))}/{width}/{height}"


def _image_data() -> str:
    width, height = integer(*_SIZE), integer(*_SIZE)
    color = hex_color()
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" version="1.1" baseProfile="full" '
        f'width="{width}" height="{height}"><rect width="100%" height="100%" fill="{color}"/>'
        f'<text x="{width / 2:g}" y="{height / 2:g}" font-size="20" alignment-baseline="middle" '
        f'text-anchor="middle" fill="white">{width}x{height}</text></svg>'
    )
    if one((True, False)):
        return f"data:image/svg+xml;charset=UTF-8,{quote(svg, safe=_UNESCAPED)}"
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _phrase() -> str:
    phrase = word("hacker.phrase")
    # Kind by kind, as the library does: the order decides what a seed gives.
    for kind in _PHRASE_WORDS:
        before, *rest = phrase.split(f"{{{{{kind}}}}}")
        phrase = before + "".join(word(f"hacker.{kind}") + text for text in rest)
    return phrase


def _domain_word() -> str:
    return f"{word('word.adjective')}-{word('word.noun')}".lower()


def _domain() -> str:
    return f"{_domain_word()}.{word('internet.domain_suffix')}"


def _url() -> str:
    slash = "/" if chance() else ""
    return f"https://{_domain()}{slash}"


def _user_name() -> str:
    first, last = word("person.first_name.generic"), _last_name()
    separator, number = one("._"), integer(0, 99)
    joined = f"{first}{separator}{last}"
    return one((f"{joined}{number}", joined, f"{first}{number}")).replace("'", "").replace(" ", "")


def _email_at(provider: str) -> str:
    user = re.sub(r"[^A-Za-z0-9._+-]+", "", _user_name())[:50]
    user = re.sub(r"\.{2,}", ".", user).removeprefix(".").removesuffix(".")
    return f"{user}@{provider}"


def _file_stem() -> str:
    classes = [name for name in lists() if name.startswith("word.")]
    words = (word(shuffled(classes)[0]) for _ in range(integer(1, 3)))
    return re.sub(r"\W", "_", " ".join(words).lower(), flags=re.ASCII)


def _file_name() -> str:
    return f"{_file_stem()}.{word('system.file_ext')}"


def _common_extension() -> str:
    extension: str = one(one(lists()["system.common_file_ext"]))
    return extension


def _latin(count: int) -> list[str]:
    return [word("lorem.word") for _ in range(count)]


def _sentence() -> str:
    text = " ".join(_latin(integer(3, 10)))
    return f"{text[0].upper()}{text[1:]}."


def _sentences(count: int, joint: str = " ") -> str:
    return joint.join(_sentence() for _ in range(count))


def _some_sentences() -> str:
    return _sentences(integer(2, 6))


def _paragraph() -> str:
    return _sentences(3)


def _paragraphs() -> str:
    return "\n".join(_paragraph() for _ in range(3))


def _lines() -> str:
    return _sentences(integer(1, 5), "\n")


FAKES: Final[dict[str, Callable[[], str]]] = {
    "randomColor": of("color.human"),
    "randomAbbreviation": of("hacker.abbreviation"),
    "randomLocale": of("location.country_code"),
    "randomUserAgent": _pattern("internet.user_agent_pattern"),
    "randomFirstName": of("person.first_name.generic"),
    "randomLastName": _last_name,
    "randomFullName": _full_name,
    "randomNamePrefix": of("person.prefix.generic"),
    "randomNameSuffix": of("person.suffix"),
    "randomJobArea": of("person.job_area"),
    "randomJobDescriptor": of("person.job_descriptor"),
    "randomJobTitle": _pattern("person.job_title_pattern"),
    "randomJobType": of("person.job_type"),
    "randomPhoneNumber": _phone_number,
    "randomPhoneNumberExt": lambda: f"{_phone_number()} x{pick(string.digits, 3)}",
    "randomCity": _pattern("location.city_pattern"),
    "randomStreetName": _pattern("location.street_pattern"),
    "randomStreetAddress": _pattern("location.street_address"),
    "randomCountry": of("location.country"),
    "randomCountryCode": of("location.country_code"),
    "randomAvatarImage": _avatar,
    "randomImageUrl": _image_url,
    "randomAbstractImage": _image("abstract"),
    "randomAnimalsImage": _image("animals"),
    "randomBusinessImage": _image("business"),
    "randomCatsImage": _image("cats"),
    "randomCityImage": _image("city"),
    "randomFoodImage": _image("food"),
    "randomNightlifeImage": _image("nightlife"),
    "randomFashionImage": _image("fashion"),
    "randomPeopleImage": _image("people"),
    "randomNatureImage": _image("nature"),
    "randomSportsImage": _image("sports"),
    "randomTransportImage": _image("transport"),
    "randomImageDataUri": _image_data,
    "randomBankAccountName": lambda: f"{word('finance.account_type')} Account",
    "randomCreditCardMask": masked_iban,
    "randomBankAccountBic": bic,
    "randomBankAccountIban": iban,
    "randomTransactionType": of("finance.transaction_type"),
    "randomCurrencyCode": of("finance.currency_code"),
    "randomCurrencyName": of("finance.currency_name"),
    "randomCurrencySymbol": currency_symbol,
    "randomBitcoin": bitcoin_address,
    "randomCompanyName": _pattern("company.name_pattern"),
    "randomCompanySuffix": _pattern("company.name_pattern"),
    "randomBs": _joined("company.buzz_verb", "company.buzz_adjective", "company.buzz_noun"),
    "randomBsAdjective": of("company.buzz_adjective"),
    "randomBsBuzz": of("company.buzz_verb"),
    "randomBsNoun": of("company.buzz_noun"),
    "randomCatchPhrase": _joined("company.adjective", "company.descriptor", "company.noun"),
    "randomCatchPhraseAdjective": of("company.adjective"),
    "randomCatchPhraseDescriptor": of("company.descriptor"),
    "randomCatchPhraseNoun": of("company.noun"),
    "randomDatabaseColumn": of("database.column"),
    "randomDatabaseType": of("database.type"),
    "randomDatabaseCollation": of("database.collation"),
    "randomDatabaseEngine": of("database.engine"),
    "randomWeekday": of("date.weekday.wide"),
    "randomMonth": of("date.month.wide"),
    "randomDomainName": _domain,
    "randomDomainSuffix": of("internet.domain_suffix"),
    "randomDomainWord": _domain_word,
    "randomEmail": lambda: _email_at(word("internet.free_email")),
    "randomExampleEmail": lambda: _email_at(word("internet.example_email")),
    "randomUserName": _user_name,
    "randomUrl": _url,
    "randomFileName": _file_name,
    "randomFileType": of("system.file_type"),
    "randomFileExt": of("system.file_ext"),
    "randomCommonFileName": lambda: f"{_file_stem()}.{_common_extension()}",
    "randomCommonFileType": of("system.common_file_type"),
    "randomCommonFileExt": _common_extension,
    "randomFilePath": lambda: f"{word('system.directory_path')}/{_file_name()}",
    "randomDirectoryPath": of("system.directory_path"),
    "randomMimeType": of("system.mime_type"),
    "randomProduct": of("commerce.product_name.product"),
    "randomProductAdjective": of("commerce.product_name.adjective"),
    "randomProductMaterial": of("commerce.product_name.material"),
    "randomProductName": _joined(
        "commerce.product_name.adjective", "commerce.product_name.material", "commerce.product_name.product"
    ),
    "randomDepartment": of("commerce.department"),
    "randomNoun": of("hacker.noun"),
    "randomVerb": of("hacker.verb"),
    "randomIngverb": of("hacker.ingverb"),
    "randomAdjective": of("hacker.adjective"),
    "randomWord": of("hacker.noun"),
    "randomWords": lambda: " ".join(_latin(3)),
    "randomPhrase": _phrase,
    "randomLoremWord": of("lorem.word"),
    "randomLoremWords": lambda: " ".join(_latin(3)),
    "randomLoremSentence": _sentence,
    "randomLoremSentences": _some_sentences,
    "randomLoremParagraph": _paragraph,
    "randomLoremParagraphs": _paragraphs,
    "randomLoremText": lambda: one((_sentence, _some_sentences, _paragraph, _paragraphs, _lines))(),
    "randomLoremSlug": lambda: "-".join(_latin(3)),
    "randomLoremLines": _lines,
}
"""How to make each value, by name."""

_MAKERS: Final[dict[str, Callable[[], str]]] = {
    "location.buildingNumber": _building_number,
    "location.street": FAKES["randomStreetName"],
    "person.jobArea": FAKES["randomJobArea"],
    "person.jobDescriptor": FAKES["randomJobDescriptor"],
    "person.jobType": FAKES["randomJobType"],
    "system.semver": semver,
}
"""What patterns call."""
