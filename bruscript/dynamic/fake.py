"""Dynamic values that read like the real thing: people, places, companies, files, words."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable, Sequence
from typing import Final

from faker import Faker

from bruscript.dynamic.choice import pick

_fake: Final = Faker("en_US")


def _split(words: str) -> list[str]:
    return words.split()


_ABBREVIATIONS: Final = _split(
    "API CSS FTP GPU HTML HTTP IP JSON PNG RAM RSS SMTP SQL SSD SSL TCP TLS UDP USB XML"
)
_ADJECTIVES: Final = _split(
    "auxiliary back-end bluetooth digital haptic mobile multi-byte neural online redundant"
)
_VERBS: Final = _split(
    "bypass calculate compress connect copy generate index input navigate parse quantify reboot"
)
_NOUNS: Final = _split(
    "alarm application array bandwidth bus capacitor card driver feed firewall matrix monitor"
)
_INGVERBS: Final = _split("bypassing calculating compressing connecting copying generating indexing parsing")
_BUZZ_VERBS: Final = _split(
    "brand deliver engage extend grow incubate leverage mesh optimize scale streamline"
)
_BUZZ_ADJECTIVES: Final = _split(
    "agile bleeding-edge clever decentralized extensible frictionless innovative"
)
_BUZZ_NOUNS: Final = _split(
    "applications channels communities experiences interfaces networks platforms users"
)
_CATCH_ADJECTIVES: Final = _split(
    "Adaptive Automated Balanced Centralized Distributed Extended Managed Phased"
)
_CATCH_DESCRIPTORS: Final = _split(
    "asymmetric bifurcated client-driven global heuristic local modular systemic"
)
_CATCH_NOUNS: Final = _split("ability access algorithm archive capacity encoding framework matrix projection")
_JOB_AREAS: Final = _split("Accounts Assurance Data Functionality Integration Marketing Operations Paradigm")
_JOB_DESCRIPTORS: Final = _split(
    "Central Corporate Customer Direct Forward Global Human Internal Lead Product"
)
_JOB_TYPES: Final = _split("Administrator Analyst Architect Consultant Designer Developer Engineer Planner")
_DEPARTMENTS: Final = _split(
    "Automotive Baby Books Clothing Electronics Games Garden Grocery Health Movies Toys"
)
_PRODUCTS: Final = _split(
    "Bacon Ball Bike Car Chair Cheese Computer Fish Gloves Hat Keyboard Mouse Shirt Table"
)
_PRODUCT_ADJECTIVES: Final = _split("Awesome Elegant Fresh Handmade Incredible Modern Practical Rustic Tasty")
_MATERIALS: Final = _split("Aluminum Bamboo Ceramic Concrete Cotton Gold Granite Marble Metal Plastic Steel")
_ACCOUNTS: Final = (
    "Auto Loan",
    "Checking",
    "Credit Card",
    "Home Loan",
    "Investment",
    "Money Market",
    "Savings",
)
_TRANSACTIONS: Final = ("deposit", "invoice", "payment", "withdrawal")
_COLORS: Final = _split("azure black blue cyan fuchsia gold green indigo ivory lavender lime magenta olive")
_COLUMNS: Final = _split("avatar category comment createdAt email group id name password phone status title")
_TYPES: Final = _split(
    "bigint binary blob boolean date datetime decimal double float int point real text varchar"
)
_COLLATIONS: Final = _split("ascii_bin ascii_general_ci cp1250_bin utf8_bin utf8_general_ci utf8_unicode_ci")
_ENGINES: Final = _split("ARCHIVE BLACKHOLE CSV InnoDB MEMORY MyISAM")
_DIRECTORIES: Final = _split(
    "/bin /boot /dev /etc /home /lib /mnt /opt /opt/bin /opt/lib /tmp /usr/bin /var/log"
)
_COMMON_TYPES: Final = ("application", "audio", "image", "text", "video")
_COMMON_EXTENSIONS: Final = _split("gif htm html jpeg jpg m2a m2v mp2 mp3 mp4 mpeg mpg pdf png shtml wav")
_SUFFIXES: Final = _split("biz com info name net org")
_NAME_PREFIXES: Final = ("Dr.", "Miss", "Mr.", "Mrs.", "Ms.")
_NAME_SUFFIXES: Final = ("DDS", "DVM", "I", "II", "III", "IV", "Jr.", "MD", "PhD", "Sr.", "V")
_LATIN: Final = _split(
    "abduco adeo adipisci aegre alias amet aperio ara ascit audax bene bis blanditiis caelum calco canis "
    "capto celo civis cogo comes conor cura curvo debeo decor demo dicta dolor ea eius enim error esse "
    "eum ex fuga fugit hic id illum in ipsa iste iure labore laudo libero magni maxime minima modi nam "
    "natus nemo nihil nisi nobis non odio omnis optio pel porro quae qui quia quo ratione rem rerum saepe "
    "sed sequi sint sit soluta sub sum sunt tempora terra totam tum ullam unde ut vel velit vero vir vis "
    "vita vito volo vox"
)


def _one(choices: Sequence[str]) -> Callable[[], str]:
    return lambda: random.choice(choices)


def _words(count: int) -> list[str]:
    return random.choices(_LATIN, k=count)


def _sentence() -> str:
    return " ".join(_words(random.randint(3, 10))).capitalize() + "."


def _sentences(low: int, high: int, joint: str = " ") -> str:
    return joint.join(_sentence() for _ in range(random.randint(low, high)))


def _paragraphs(count: int) -> str:
    return "\n".join(_sentences(3, 3) for _ in range(count))


def _national_number() -> str:
    first, second = (f"{random.randint(2, 9)}{pick(string.digits, 2)}" for _ in range(2))
    return f"({first}) {second}-{pick(string.digits, 4)}"


def _masked_iban() -> str:
    iban = _fake.iban()
    return f"{iban[:4]}{'*' * (len(iban) - 6)}{iban[-2:]}"


def _image(category: str = "") -> Callable[[], str]:
    def url() -> str:
        width, height = random.randint(1, 3999), random.randint(1, 3999)
        suffix = f"/{category}" if category else ""
        return f"https://loremflickr.com/{width}/{height}{suffix}?lock={random.randint(0, 2**53 - 1)}"

    return url


def _image_data() -> str:
    width, height = random.randint(1, 3999), random.randint(1, 3999)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<rect width="100%" height="100%" fill="#{pick("0123456789abcdef", 6)}"/></svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _phrase() -> str:
    verb, noun = random.choice(_VERBS), random.choice(_NOUNS)
    short, adjective = random.choice(_ABBREVIATIONS), random.choice(_ADJECTIVES)
    return f"We need to {verb} the {adjective} {short} {noun}!"


def _domain_word() -> str:
    return f"{random.choice(_BUZZ_ADJECTIVES)}-{random.choice(_NOUNS)}"


def _domain() -> str:
    return f"{_domain_word()}.{random.choice(_SUFFIXES)}"


def _user_name() -> str:
    first, last = _fake.first_name(), _fake.last_name()
    return random.choice((f"{first}{random.randint(1, 99)}", f"{first}.{last}", f"{first}_{last}"))


def _file_stem() -> str:
    return "_".join(_words(random.randint(1, 3)))


def _file_name() -> str:
    return f"{_file_stem()}.{_fake.file_extension()}"


def _full_name() -> str:
    return f"{_fake.first_name()} {_fake.last_name()}"


FAKES: Final[dict[str, Callable[[], str]]] = {
    "randomColor": _one(_COLORS),
    "randomAbbreviation": _one(_ABBREVIATIONS),
    "randomLocale": _fake.country_code,
    "randomUserAgent": _fake.user_agent,
    "randomFirstName": _fake.first_name,
    "randomLastName": _fake.last_name,
    "randomFullName": _full_name,
    "randomNamePrefix": _one(_NAME_PREFIXES),
    "randomNameSuffix": _one(_NAME_SUFFIXES),
    "randomJobArea": _one(_JOB_AREAS),
    "randomJobDescriptor": _one(_JOB_DESCRIPTORS),
    "randomJobTitle": lambda: " ".join(map(random.choice, (_JOB_DESCRIPTORS, _JOB_AREAS, _JOB_TYPES))),
    "randomJobType": _one(_JOB_TYPES),
    "randomPhoneNumber": _national_number,
    "randomPhoneNumberExt": lambda: f"{_national_number()} x{pick(string.digits, 3)}",
    "randomCity": _fake.city,
    "randomStreetName": _fake.street_name,
    "randomStreetAddress": lambda: f"{random.randint(1, 99999)} {_fake.street_name()}",
    "randomCountry": _fake.country,
    "randomCountryCode": _fake.country_code,
    "randomAvatarImage": lambda: f"https://avatars.githubusercontent.com/u/{random.randint(0, 99999999)}",
    "randomImageUrl": _image(),
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
    "randomBankAccountName": lambda: f"{random.choice(_ACCOUNTS)} Account",
    "randomCreditCardMask": _masked_iban,
    "randomBankAccountBic": lambda: random.choice((_fake.swift8, _fake.swift11))(),
    "randomBankAccountIban": _fake.iban,
    "randomTransactionType": _one(_TRANSACTIONS),
    "randomCurrencyCode": _fake.currency_code,
    "randomCurrencyName": _fake.currency_name,
    "randomCurrencySymbol": _fake.currency_symbol,
    "randomBitcoin": lambda: f"1{pick('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz', 33)}",
    "randomCompanyName": _fake.company,
    "randomCompanySuffix": _fake.company,
    "randomBs": lambda: " ".join(map(random.choice, (_BUZZ_VERBS, _BUZZ_ADJECTIVES, _BUZZ_NOUNS))),
    "randomBsAdjective": _one(_BUZZ_ADJECTIVES),
    "randomBsBuzz": _one(_BUZZ_VERBS),
    "randomBsNoun": _one(_BUZZ_NOUNS),
    "randomCatchPhrase": lambda: " ".join(
        map(random.choice, (_CATCH_ADJECTIVES, _CATCH_DESCRIPTORS, _CATCH_NOUNS))
    ),
    "randomCatchPhraseAdjective": _one(_CATCH_ADJECTIVES),
    "randomCatchPhraseDescriptor": _one(_CATCH_DESCRIPTORS),
    "randomCatchPhraseNoun": _one(_CATCH_NOUNS),
    "randomDatabaseColumn": _one(_COLUMNS),
    "randomDatabaseType": _one(_TYPES),
    "randomDatabaseCollation": _one(_COLLATIONS),
    "randomDatabaseEngine": _one(_ENGINES),
    "randomDomainName": _domain,
    "randomDomainSuffix": _one(_SUFFIXES),
    "randomDomainWord": _domain_word,
    "randomEmail": lambda: f"{_user_name()}@{random.choice(('gmail.com', 'hotmail.com', 'yahoo.com'))}",
    "randomExampleEmail": lambda: f"{_user_name()}@example.{random.choice(('com', 'net', 'org'))}",
    "randomUserName": _user_name,
    "randomUrl": lambda: f"https://{_domain()}{random.choice(('', '/'))}",
    "randomFileName": _file_name,
    "randomFileType": _one((*_COMMON_TYPES, "font", "model")),
    "randomFileExt": _fake.file_extension,
    "randomCommonFileName": lambda: f"{_file_stem()}.{random.choice(_COMMON_EXTENSIONS)}",
    "randomCommonFileType": _one(_COMMON_TYPES),
    "randomCommonFileExt": _one(_COMMON_EXTENSIONS),
    "randomFilePath": lambda: f"{random.choice(_DIRECTORIES)}/{_file_name()}",
    "randomDirectoryPath": _one(_DIRECTORIES),
    "randomMimeType": _fake.mime_type,
    "randomProduct": _one(_PRODUCTS),
    "randomProductAdjective": _one(_PRODUCT_ADJECTIVES),
    "randomProductMaterial": _one(_MATERIALS),
    "randomProductName": lambda: " ".join(map(random.choice, (_PRODUCT_ADJECTIVES, _MATERIALS, _PRODUCTS))),
    "randomDepartment": _one(_DEPARTMENTS),
    "randomNoun": _one(_NOUNS),
    "randomVerb": _one(_VERBS),
    "randomIngverb": _one(_INGVERBS),
    "randomAdjective": _one(_ADJECTIVES),
    "randomWord": _one(_NOUNS),
    "randomWords": lambda: " ".join(_words(3)),
    "randomPhrase": _phrase,
    "randomLoremWord": _one(_LATIN),
    "randomLoremWords": lambda: " ".join(_words(3)),
    "randomLoremSentence": _sentence,
    "randomLoremSentences": lambda: _sentences(2, 6),
    "randomLoremParagraph": lambda: _sentences(3, 3),
    "randomLoremParagraphs": lambda: _paragraphs(3),
    "randomLoremText": lambda: random.choice((lambda: _sentences(2, 6), lambda: _paragraphs(2)))(),
    "randomLoremSlug": lambda: "-".join(_words(3)),
    "randomLoremLines": lambda: _sentences(1, 5, "\n"),
}
