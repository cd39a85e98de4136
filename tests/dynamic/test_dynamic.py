from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime

import pytest

from bruscript.dynamic import dynamic, names

SHAPES = {
    "guid": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "timestamp": r"\d{10}",
    "isoTimestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "randomNanoId": r"[\w-]{21}",
    "randomAlphaNumeric": r"[0-9A-Za-z]",
    "randomBoolean": r"true|false",
    "randomInt": r"\d{1,3}|1000",
    "randomHexColor": r"#[0-9a-f]{6}",
    "randomIPV4": r"\d{1,3}(\.\d{1,3}){3}",
    "randomIPV6": r"[0-9a-f]{4}(:[0-9a-f]{4}){7}",
    "randomMACAddress": r"[0-9a-f]{2}(:[0-9a-f]{2}){5}",
    "randomPassword": r"\w{15}",
    "randomSemver": r"\d\.\d{1,2}\.\d{1,2}",
    "randomLatitude": r"-?\d{1,2}(\.\d{1,4})?",
    "randomBankAccount": r"\d{8}",
    "randomPrice": r"\d{1,3}\.\d\d",
    "randomDateFuture": r"\d{4}-.*Z",
    "randomWeekday": r"\w+day",
    "randomPhoneNumber": r"\(\d{3}\) \d{3}-\d{4}",
    "randomPhoneNumberExt": r"\(\d{3}\) \d{3}-\d{4} x\d{3}",
    "randomCreditCardMask": r"\w{4}\*+\w{2}",
    "randomCountryCode": r"[A-Z]{2}",
    "randomCurrencyCode": r"[A-Z]{3}",
    "randomEmail": r"[^@\s]+@[a-z]+\.com",
    "randomExampleEmail": r"[^@\s]+@example\.(com|net|org)",
    "randomDomainName": r"[a-z-]+\.[a-z]+",
    "randomUrl": r"https://[a-z-]+\.[a-z]+/?",
    "randomCommonFileName": r"\w+\.\w+",
    "randomFilePath": r"(/[\w.]+)+\.\w+",
    "randomMimeType": r"[\w.+-]+/[\w.+-]+",
    "randomAnimalsImage": r"https://loremflickr\.com/\d+/\d+/animals\?lock=\d+",
    "randomImageDataUri": r"data:image/svg\+xml;base64,[\w+/=]+",
    "randomLoremSlug": r"[a-z]+-[a-z]+-[a-z]+",
    "randomBitcoin": r"1[1-9A-HJ-NP-Za-km-z]{33}",
}


def test_every_name_gives_a_value() -> None:
    assert len(names()) > 110
    assert [name for name in names() if not dynamic(name)] == []


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    for _ in range(20):
        value = dynamic(name)
        assert value is not None
        assert re.fullmatch(SHAPES[name], value), value


def test_dates_are_where_their_names_say() -> None:
    now = datetime.now().astimezone()

    def moment(name: str) -> datetime:
        return datetime.fromisoformat(str(dynamic(name)).replace("Z", "+00:00"))

    assert moment("randomDatePast") < now < moment("randomDateFuture")
    assert (now - moment("randomDateRecent")).days <= 1


def test_unknown_names() -> None:
    assert dynamic("nothing") is None
    assert dynamic("randomNothing") is None


def test_faker_is_imported_for_what_needs_it_only() -> None:
    code = (
        "import sys; from bruscript.dynamic import dynamic; dynamic('guid'); dynamic('randomInt'); "
        "sys.exit('faker' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
