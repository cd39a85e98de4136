from __future__ import annotations

import random
import re
import subprocess
import sys
from datetime import datetime

import pytest

from bruscript.dynamic import dynamic, names
from bruscript.dynamic.words import lists

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
IPV4 = r"\d{1,3}(\.\d{1,3}){3}"
IPV6 = r"[0-9a-f]{4}(:[0-9a-f]{4}){7}"
FLICKR = r"https://loremflickr\.com/\d+/\d+"
PHONE = r"\([2-9]\d\d\) [2-9]\d\d-\d{4}"
NAME = r"[A-Z][A-Za-z'-]+"
WORDS = r"[a-z]+ [a-z]+ [a-z]+"
SENTENCE = r"[A-Z][a-z]*( [a-z]+){2,9}\."
SENTENCES = rf"{SENTENCE}( {SENTENCE})*"
DOMAIN = r"[a-z]+(-[a-z]+)+\.(biz|com|info|name|net|org)"
USER = r"[A-Za-z][\w.-]*"
STEM = r"[a-z]\w*"
IBAN = r"[A-Z]{2}\d\d[0-9A-Z]+"
STREET = r"([A-Z]|\d)[\w.' -]+"
SHAPES = {
    "guid": UUID,
    "timestamp": r"\d{10}",
    "isoTimestamp": ISO,
    "randomUUID": UUID,
    "randomNanoId": r"[\w-]{21}",
    "randomAlphaNumeric": r"[0-9A-Za-z]",
    "randomBoolean": r"true|false",
    "randomInt": r"\d{1,3}|1000",
    "randomHexColor": r"#[0-9a-f]{6}",
    "randomIP": rf"{IPV4}|{IPV6}",
    "randomIPV4": IPV4,
    "randomIPV6": IPV6,
    "randomMACAddress": r"[0-9a-f]{2}(:[0-9a-f]{2}){5}",
    "randomPassword": r"\w{15}",
    "randomProtocol": r"https?",
    "randomUserAgent": r"(FakerBot|Googlebot|Mozilla)/[^{}]+",
    "randomSemver": r"\d\.\d{1,2}\.\d{1,2}",
    "randomLatitude": r"-?\d{1,2}(\.\d{0,3}[1-9])?",
    "randomLongitude": r"-?1?\d{1,2}(\.\d{0,3}[1-9])?",
    "randomLastName": NAME,
    "randomFullName": rf"((Dr|Mr|Mrs|Ms)\. |Miss )?{NAME} {NAME}( [A-Za-z]+\.?)?",
    "randomJobTitle": r"[A-Z]\w+ [A-Z]\w+ [A-Z]\w+",
    "randomPhoneNumber": PHONE,
    "randomPhoneNumberExt": rf"{PHONE} x\d{{3}}",
    "randomCity": r"[A-Z][A-Za-z.'() -]+",
    "randomStreetName": STREET,
    "randomStreetAddress": rf"[1-9]\d{{2,4}} {STREET}",
    "randomAvatarImage": (
        r"https://cdn\.jsdelivr\.net/gh/faker-js/assets-person-portrait/(fe)?male/512/\d{1,2}\.jpg"
        r"|https://avatars\.githubusercontent\.com/u/\d{1,9}"
    ),
    "randomImageUrl": rf"{FLICKR}\?lock=\d+|https://picsum\.photos/seed/[0-9A-Za-z]{{5,10}}/\d+/\d+",
    **{
        f"random{category}Image": rf"{FLICKR}/{category.lower()}\?lock=\d+"
        for category in (
            *("Abstract", "Animals", "Business", "Cats", "City", "Food"),
            *("Nightlife", "Fashion", "People", "Nature", "Sports", "Transport"),
        )
    },
    "randomImageDataUri": r"data:image/svg\+xml;(base64,[\w+/=]+|charset=UTF-8,%3Csvg[\w.%-]+%3E)",
    "randomBankAccount": r"\d{8}",
    "randomBankAccountName": r"[A-Z][A-Za-z ]+ Account",
    "randomCreditCardMask": r"[A-Z]{2}\d\d\*+[0-9A-Z]{2}",
    "randomBankAccountBic": r"[A-Z]{6}[0-9A-Z]{2}([0-9A-Z]{3})?",
    "randomBankAccountIban": IBAN,
    "randomCurrencySymbol": r"\S+",
    "randomBitcoin": r"[13][1-9A-HJ-NP-Za-km-z]{25,33}|bc1[02-9ac-hj-np-z]{39}|bc1p[02-9ac-hj-np-z]{58}",
    "randomCompanyName": rf"{NAME} - {NAME}|{NAME} (Group|Inc|LLC|and Sons)|{NAME}, {NAME} and {NAME}",
    "randomCompanySuffix": r".+ .+",
    "randomBs": r"\w+ \S+ \w.*",
    "randomCatchPhrase": r"\w.* \w.* \w.*",
    "randomDateFuture": ISO,
    "randomDatePast": ISO,
    "randomDateRecent": ISO,
    "randomWeekday": r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day",
    "randomDomainName": DOMAIN,
    "randomDomainWord": r"[a-z]+(-[a-z]+)+",
    "randomEmail": rf"{USER}@(gmail|hotmail|yahoo)\.com",
    "randomExampleEmail": rf"{USER}@example\.(com|net|org)",
    "randomUserName": USER,
    "randomUrl": rf"https://{DOMAIN}/?",
    "randomFileName": rf"{STEM}\.\w+",
    "randomCommonFileName": rf"{STEM}\.(pdf|gif|png|jpe?g?|jpg|html?|shtml|wav|mp[g234e]\w*|m\w+)",
    "randomCommonFileExt": r"pdf|gif|png|jpe?g?|jpg|html?|shtml|wav|mp[g234e]\w*|m\w+",
    "randomFilePath": rf"(/[\w.+ -]+)+/{STEM}\.\w+",
    "randomMimeType": r"[\w.+-]+/[\w.+-]+",
    "randomPrice": r"\d{1,3}\.\d\d|1000\.00",
    "randomProductName": r"[A-Z]\w+ [A-Z]\w+ [A-Z]\w+",
    "randomWords": WORDS,
    "randomPhrase": r"[A-Za-z][^{}]+!",
    "randomLoremWords": WORDS,
    "randomLoremSentence": SENTENCE,
    "randomLoremSentences": SENTENCES,
    "randomLoremParagraph": SENTENCES,
    "randomLoremParagraphs": rf"{SENTENCES}(\n{SENTENCES}){{2}}",
    "randomLoremText": rf"{SENTENCES}(\n{SENTENCES})*",
    "randomLoremSlug": r"[a-z]+-[a-z]+-[a-z]+",
    "randomLoremLines": rf"{SENTENCE}(\n{SENTENCE})*",
}
WORD_OF = {
    "randomColor": ("magenta", "sky blue"),
    "randomAbbreviation": ("TCP", "XSS"),
    "randomLocale": ("DE", "US"),
    "randomCountryCode": ("DE", "US"),
    "randomCountry": ("Germany", "Zimbabwe"),
    "randomFirstName": ("Aaliyah", "Zula"),
    "randomNamePrefix": ("Dr.", "Ms."),
    "randomNameSuffix": ("Jr.", "PhD"),
    "randomJobArea": ("Solutions", "Accounts"),
    "randomJobDescriptor": ("Lead", "Principal"),
    "randomJobType": ("Supervisor", "Technician"),
    "randomTransactionType": ("deposit", "withdrawal"),
    "randomCurrencyCode": ("EUR", "USD"),
    "randomCurrencyName": ("Euro", "US Dollar"),
    "randomBsAdjective": ("24/7", "world-class"),
    "randomBsBuzz": ("aggregate", "whiteboard"),
    "randomBsNoun": ("AI", "markets"),
    "randomCatchPhraseAdjective": ("AI-driven", "Visionary"),
    "randomCatchPhraseDescriptor": ("24 hour", "zero trust"),
    "randomCatchPhraseNoun": ("ability", "workforce"),
    "randomDatabaseColumn": ("avatar", "updatedAt"),
    "randomDatabaseType": ("bigint", "varchar"),
    "randomDatabaseCollation": ("ascii_bin", "utf8_unicode_ci"),
    "randomDatabaseEngine": ("ARCHIVE", "MyISAM"),
    "randomMonth": ("January", "December"),
    "randomDomainSuffix": ("com", "org"),
    "randomFileType": ("application", "video"),
    "randomFileExt": ("json", "zip"),
    "randomCommonFileType": ("audio", "video"),
    "randomDirectoryPath": ("/bin", "/home/user"),
    "randomProduct": ("Bacon", "Tuna"),
    "randomProductAdjective": ("Awesome", "Tasty"),
    "randomProductMaterial": ("Bamboo", "Wooden"),
    "randomDepartment": ("Automotive", "Toys"),
    "randomNoun": ("alarm", "transmitter"),
    "randomVerb": ("back up", "transmit"),
    "randomIngverb": ("backing up", "transmitting"),
    "randomAdjective": ("1080p", "wireless"),
    "randomWord": ("alarm", "transmitter"),
    "randomLoremWord": ("abduco", "xiphias"),
}
"""Two words of the one list from which a value is drawn."""


def test_every_name_is_tested() -> None:
    assert names() == SHAPES.keys() | WORD_OF.keys()


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    for _ in range(100):
        value = dynamic(name)
        assert value is not None
        assert re.fullmatch(SHAPES[name], value), value


@pytest.mark.parametrize("name", WORD_OF)
def test_words_come_from_one_list(name: str) -> None:
    drawn = {dynamic(name) for _ in range(100)}
    fitting = [words for words in lists().values() if drawn.union(WORD_OF[name]) <= set(map(str, words))]
    assert fitting, drawn


def test_iban_check_digits() -> None:
    lengths = {country: sum(count for _, count in parts) + 4 for country, parts in lists()["finance.iban"]}
    for _ in range(200):
        iban = str(dynamic("randomBankAccountIban"))
        assert int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1, iban
        assert len(iban) == lengths[iban[:2]]


def test_prices_and_degrees_have_bounds() -> None:
    def draw(name: str) -> list[float]:
        return sorted(float(str(dynamic(name))) for _ in range(300))

    prices, degrees = draw("randomPrice"), draw("randomLatitude")
    assert 1 <= prices[0] < prices[-1] <= 1000
    assert -90 <= degrees[0] < 0 < degrees[-1] <= 90


def test_dates_are_where_their_names_say() -> None:
    now = datetime.now().astimezone()

    def moment(name: str) -> datetime:
        return datetime.fromisoformat(str(dynamic(name)).replace("Z", "+00:00"))

    assert moment("randomDatePast") < now < moment("randomDateFuture")
    assert (now - moment("randomDateRecent")).days <= 1


def test_a_seed_repeats_the_values_and_no_identifier() -> None:
    fixed = names() - {"guid", "randomUUID", "timestamp", "isoTimestamp"}
    fixed -= {name for name in fixed if "Date" in name}

    def draw() -> list[str | None]:
        random.seed(1)
        return [dynamic(name) for name in sorted(fixed)]

    assert draw() == draw()
    random.seed(1)
    first = dynamic("guid")
    random.seed(1)
    assert dynamic("guid") != first


def test_unknown_names() -> None:
    assert dynamic("nothing") is None
    assert dynamic("randomNothing") is None


def test_word_lists_are_loaded_for_what_needs_them_only() -> None:
    code = (
        "import sys; from bruscript.dynamic import dynamic; dynamic('guid'); dynamic('randomInt'); "
        "sys.exit('bruscript.dynamic.words' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
