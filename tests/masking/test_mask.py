"""What the mask takes out of a text, and what it leaves."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bruscript.masking import MASKED, Mask

KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dcABCDEFGHIJ"


def mask_of(*values: Any) -> Mask:
    mask = Mask()
    for value in values:
        mask.learn(value, "A secret")
    return mask


def leaks(secret: str, text: str) -> bool:
    """Whether nine consecutive characters of the secret are in the text."""
    return any(secret[at : at + 9].lower() in text.lower() for at in range(len(secret) - 8))


# --- values that are secret wherever they stand ---


def test_a_secret_is_masked_inside_other_words_whatever_its_case() -> None:
    assert mask_of("tk-58f1-93aa").mask("xTK-58F1-93AAx") == f"x{MASKED}x"


def test_the_longest_goes_first_and_neighbours_become_one() -> None:
    mask = mask_of("abcd1234", "abcd12345678")
    assert mask.mask("<abcd12345678>") == f"<{MASKED}>"
    assert mask.mask("<abcd1234abcd1234>") == f"<{MASKED}>"


def test_what_is_learnt_later_is_masked_from_then_on() -> None:
    mask = mask_of("first-secret-1")
    assert mask.mask("second-secret-2") == "second-secret-2"
    mask.learn("second-secret-2", "A secret")
    assert mask.mask("first-secret-1 second-secret-2") == f"{MASKED} {MASKED}"


def test_repr_shows_no_value() -> None:
    assert "topsecret1" not in repr(mask_of("topsecret1"))


@pytest.mark.parametrize("cut", range(1, len(KEY) + 1))
def test_a_secret_that_was_cut_shows_eight_characters_at_most(cut: int) -> None:
    mask = mask_of(KEY)
    for text in (
        f"expected '{KEY[:cut]}…' to equal 'sk_live_other'",
        f"'…{KEY[-cut:]}'",
        f"{KEY[: cut // 2]}\n{KEY[cut // 2 : cut]}",
        f"{{ key: '{KEY[:cut]}'... 12 more characters }}",
    ):
        shown = mask.mask(text)
        assert not leaks(KEY, shown)
        assert mask.mask([{"a": text}]) == [{"a": shown}]
    assert mask.mask("'sk_live_other'") == "'sk_live_other'"


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=60).filter(
        lambda text: any(char.isdigit() for char in text) and any(char.isalpha() for char in text)
    ),
    st.data(),
)
def test_no_nine_characters_of_any_secret_are_left(secret: str, data: st.DataObject) -> None:
    from bruscript.masking.words import is_distinct

    secret = secret.strip()
    if not is_distinct(secret) or len(secret) < 9 or "{{" in secret or "://" in secret:
        return
    start = data.draw(st.integers(0, len(secret) - 9))
    end = data.draw(st.integers(start + 9, len(secret)))
    before, after = data.draw(st.text(max_size=12)), data.draw(st.text(max_size=12))
    shown = mask_of(secret).mask(before + secret[start:end] + after)
    whole_word = secret[start:end].strip("-_./ :@").lower()
    assert secret[start:end] not in shown or whole_word.isalpha()


@pytest.mark.parametrize(
    "text",
    [
        "?x=p%40ss%20w%2F%C3%A9%22",
        "?x=p%40ss+w%2f%c3%a9%22",
        "?x=p%2540ss%2520w%252F%25C3%25A9%2522",
        "/p@ss%20w/%C3%A9%22/",
        '{"a":"p@ss w/\\u00e9\\""}',
        '{"a":"p@ss w/é\\""}',
        '"{\\"a\\":\\"p@ss w/é\\\\\\"\\"}"',
        "Authorization: cEBzcyB3L8OpIg==",
        "704073732077 2fc3a922 704073732077" + "2fc3a922",
        "<Buffer 70 40 73 73 20 77 2f c3 a9 22>",
    ],
)
def test_secrets_are_masked_however_they_are_written(text: str) -> None:
    mask = mask_of('p@ss w/é"')
    shown = mask.mask(text)
    assert MASKED in shown
    assert "ss" not in shown.removeprefix('"{\\"a').removeprefix("<Buffer")
    assert "2fc3a922704073732077" not in shown


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "somebody", "é"])
@pytest.mark.parametrize("urlsafe", [False, True])
def test_base64_is_masked_at_any_alignment(user: str, urlsafe: bool) -> None:
    secret = "p4ss>>word??1"
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    encoded = encode(f"{user}:{secret}:tail".encode()).decode()
    shown = mask_of(secret).mask(f"Basic {encoded}")
    assert MASKED in shown
    left = shown.removeprefix("Basic ").split(MASKED)
    # What is left says nothing of the secret but the bits it shares with its neighbours.
    assert len("".join(left)) <= len(encoded) - (len(secret) * 4 // 3 - 2)


@pytest.mark.parametrize("alphabet", ["base64", "hex", "url"])
@given(st.binary(max_size=8), st.binary(max_size=8))
def test_encoded_with_anything_around_it(alphabet: str, before: bytes, after: bytes) -> None:
    data = before + b"S3cr3t/Value+42" + after
    text = {
        "base64": base64.b64encode(data).decode(),
        "hex": data.hex().upper(),
        "url": quote_plus(quote(data, safe="")),
    }[alphabet]
    assert MASKED in mask_of("S3cr3t/Value+42").mask(text)


def test_a_key_in_pem_form_is_masked_line_by_line_and_its_labels_stay() -> None:
    lines = [base64.b64encode(bytes(range(at, at + 48))).decode() for at in (0, 48, 96)]
    pem = "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"])
    mask = mask_of(pem)
    for text in (pem, json.dumps(pem), "".join(lines), f"  {lines[1]}", pem.replace("\n", "' +\n  '")):
        shown = mask.mask(text)
        assert not any(leaks(line, shown) for line in lines)
    assert "-----BEGIN PRIVATE KEY-----" in mask.mask(pem)
    assert mask.mask("-----BEGIN CERTIFICATE-----") == "-----BEGIN CERTIFICATE-----"


def test_of_a_url_the_password_the_query_and_the_path_are_secret() -> None:
    mask = mask_of(
        "postgres://ann:hunter2!x@db.example.com/shop", "https://hooks.example.com/T00/B4x9/x1y2z3"
    )
    assert mask.mask("postgres://ann:hunter2!x@db.example.com/shop") == (
        f"postgres://ann:{MASKED}@db.example.com/shop"
    )
    assert mask.mask("hunter2!x") == MASKED
    assert mask.mask("https://hooks.example.com/other") == "https://hooks.example.com/other"
    assert mask.mask("at /T00/B4x9/x1y2z3") == f"at /{MASKED}"
    assert mask_of("https://h.example.com/?sig=0a9b8c7d6e").mask("0a9b8c7d6e") == MASKED
    assert mask_of("https://h.example.com/?pin=4711").mask("4711") == MASKED


def test_the_password_of_any_url_is_masked() -> None:
    assert Mask().mask("git clone https://ann:x1@git.example.com/a") == (
        f"git clone https://ann:{MASKED}@git.example.com/a"
    )
    assert Mask().mask("http://ann:p@ss:w@h/x?a=b@c") == f"http://ann:{MASKED}@h/x?a=b@c"
    assert Mask().mask("http://h:80/x, a@b") == "http://h:80/x, a@b"


def test_behind_bearer_and_in_json_the_token_is_the_secret() -> None:
    assert mask_of("Bearer abc.def-1234").mask("Bearer xyz, abc.def-1234") == f"Bearer xyz, {MASKED}"
    account = json.dumps({"type": "service_account", "private_key_id": "0a9b8c7d6e5f4a3b2c1d"})
    mask = mask_of(account)
    assert mask.mask(account) == account.replace("0a9b8c7d6e5f4a3b2c1d", MASKED)
    assert mask.mask('{"type": "service_desk"}') == '{"type": "service_desk"}'


def test_what_templates_would_have_given_is_no_secret() -> None:
    mask = mask_of("{{secret}}x", "{{other}}-tk-58f1-93aa")
    assert mask.mask("x secret other") == "x secret other"
    assert mask.mask("-tk-58f1-93aa") == MASKED


def test_long_words_of_a_secret_are_words_elsewhere() -> None:
    mask = mask_of("tk-production-58f1")
    assert mask.mask("in production, production.") == "in production, production."
    assert mask.mask("k-production-5") == MASKED


def test_our_own_words_are_no_part_of_a_secret() -> None:
    ours = "only those of aws-secrets-manager: expected response, request failed"
    mask = mask_of("aws-secret-key", "aws-secrets-manager", "x9-response-request", "request failed")
    assert mask.mask(ours, prose=True) == ours
    assert mask.mask(ours) != ours
    long = "correct-horse-battery-staple"
    assert mask_of(long).mask(f"it was {long}", prose=True) == f"it was {MASKED}"


# --- values that are ordinary text ---


@pytest.mark.parametrize(
    ("value", "alone", "inside"),
    [
        ("x", "'x'", "box x1 x-ray"),
        ("abc", "abc, {a: 'abc'}", "abcd abc_d abc-d d.abc"),
        ("admin", "user=admin", "administrator /admin/ admin.example.com"),
        ("1234", "pin 1234 /users/1234", "12345 1234.5 order-1234"),
        ("password", '"password"', "passwords"),
        ("12345678", "12345678", "123456789"),
        ("db.example.com", "db.example.com:80", "xdb.example.com db.example.com.org"),
        ("blue-green", "blue-green", "light-blue-green"),
        ("environment", "environment\nfor", "environments"),
        ("/etc/ssl/a.key", "in /etc/ssl/a.key", "/etc/ssl/a.keys /etc/ssl/"),
        ("2024-05-01", "at 2024-05-01", "2024-05-011"),
    ],
)
def test_ordinary_values_are_masked_where_they_stand_alone(value: str, alone: str, inside: str) -> None:
    mask = mask_of(value)
    assert mask.mask(alone) == alone.replace(value, MASKED)
    assert mask.mask(inside) == inside
    # Our own messages, names and lines of source are left alone.
    assert mask.mask(alone, prose=True) == alone


@pytest.mark.parametrize(
    "text",
    [
        "?admin=1&admin=2",
        '{"admin": 1, "admin":2}',
        "{ admin: 1, admin: 2 }",
        "{\n  admin: [\n",
        r'"{\"admin\": 1}"',
    ],
)
def test_names_of_fields_are_left(text: str) -> None:
    assert mask_of("admin").mask(text) == text
    assert MASKED in mask_of("admin").mask(text.replace("1", "'admin'") + " admin")


def test_their_case_matters() -> None:
    assert mask_of("test").mask("Tests Test TEST test") == f"Tests Test TEST {MASKED}"


@pytest.mark.parametrize("text", ["q=x%20admin%20y", r"'line\nadmin\n'", "admin.", "(admin)", "-admin"])
def test_they_stand_alone_behind_escapes_and_before_stops(text: str) -> None:
    assert MASKED in mask_of("admin").mask(text)


def test_short_ones_are_masked_as_urls_write_them() -> None:
    mask = mask_of("p@ss/1")
    assert mask.mask("?k=p%40ss%2F1&") == f"?k={MASKED}&"
    for value, written in (
        ("a b", "?k=a%20b"),
        ("x=1", "?k=x%3D1"),
        ("p w", "?k=p+w"),
        ('a"b', '{"k": "a\\"b"}'),
    ):
        assert MASKED in mask_of(value).mask(written), value
    assert mask_of("é").mask("%C3%A9") == "%C3%A9"


@pytest.mark.parametrize("value", ["environment", "db.example.com", "12345678"])
def test_their_beginning_is_masked_where_the_text_was_cut(value: str) -> None:
    for cut in range(6, len(value)):
        if value[cut - 1] == ".":
            continue
        assert mask_of(value).mask(f"expected '{value[:cut]}…' to") == f"expected '{MASKED}…' to"
        assert mask_of(value).mask(f"{value[:cut]}...") == f"{MASKED}..."
    assert mask_of(value).mask(f"{value[:5]}…") == f"{value[:5]}…"


@pytest.mark.parametrize("value", [None, True, False, "", "  ", "true", "False", "null", "undefined", MASKED])
def test_values_that_give_nothing_away_are_not_masked(value: Any) -> None:
    mask = mask_of(value)
    text = f"true False None null undefined {MASKED}"
    assert mask.mask(text) == text
    assert mask.warnings() == []


# --- JSON values ---


def test_sensitive_headers_need_no_known_secret() -> None:
    report = {"Authorization": "Bearer tok", "Cookie": "a=b", "X-Other": "v", "set-cookie": ["a=b"]}
    assert Mask().mask(report) == {
        "Authorization": f"Bearer {MASKED}",
        "Cookie": MASKED,
        "X-Other": "v",
        "set-cookie": [MASKED],
    }


def test_values_and_names_of_fields() -> None:
    mask = mask_of("user", 4711, KEY)
    assert mask.mask({"user": "user", "id": 4711, "ids": [4711, 47110, True], KEY: 1}) == {
        "user": MASKED,
        "id": MASKED,
        "ids": [MASKED, 47110, True],
        MASKED: 1,
    }


def test_what_is_in_an_object_is_secret() -> None:
    mask = mask_of(
        {"user": "ann", "pin": 778899, "inner": [{"key": "0a9b8c7d6e", "size": 64, "kind": "rsa"}]}
    )
    assert mask.mask("ann 778899 0a9b8c7d6e 64 rsa") == f"{MASKED} {MASKED} {MASKED} 64 rsa"


def test_what_is_nested_beyond_pythons_depth_is_cut() -> None:
    deep: list[object] = ["s3cret"]
    for _ in range(5_000):
        deep = [deep]
    shown = json.dumps([MASKED, mask_of("s3cret").mask(["s3cret", deep])], ensure_ascii=False)
    assert shown.startswith(f'["{MASKED}", ["{MASKED}", [[')
    assert "[…]" in shown


# --- what is learnt ---


def test_short_values_are_warned_about_once() -> None:
    mask = Mask()
    mask.learn("abc", "PIN of .env")
    mask.learn("abc", "PIN of .env")
    mask.learn("x", "CODE of .env")
    mask.learn("password", "WORD of .env")
    assert mask.warnings() == [
        "Too short to distinguish from other text, so masked only where it stands alone: "
        "PIN of .env (3 characters), CODE of .env (1 character)"
    ]
    assert mask.warnings() == []


def test_an_exempt_value_is_shown_whoever_calls_it_a_secret() -> None:
    mask = mask_of("early-secret-1")
    mask.exempt("early-secret-1")
    mask.exempt("late-secret-2")
    mask.learn("late-secret-2", "A secret")
    assert mask.mask("early-secret-1 late-secret-2") == "early-secret-1 late-secret-2"


def test_of_passing_secrets_the_latest_are_known() -> None:
    from bruscript.masking.mask import MOST_TRANSIENT

    mask = mask_of("lasting-secret-1")
    for number in range(MOST_TRANSIENT + 10):
        mask.learn(f"session-{number}-0a9b", "A cookie", transient=True)
        mask.learn("used-again-0a9b8c", "A cookie", transient=True)
        if number % 50 == 0:
            assert mask.mask(f"session-{number}-0a9b") == MASKED
    assert mask.mask(f"session-{number}-0a9b") == MASKED
    assert mask.mask("used-again-0a9b8c lasting-secret-1") == f"{MASKED} {MASKED}"
    assert mask.mask("session-0-0a9b") == "session-0-0a9b"
    assert len(mask._spellings) <= MOST_TRANSIENT + 1


def test_text_made_of_the_beginnings_of_many_secrets_is_masked_all_the_same() -> None:
    mask = mask_of(*(f"sk_live_{number:03}x4eC39HqL" for number in range(250)))
    text = "sk_live_4eC39 lorem ipsum " * 2_000 + "sk_live_007x4eC39HqL" + " lorem" * 10
    shown = mask.mask(text)
    assert "007x4eC39HqL" not in shown
    assert shown.startswith("sk_live_4eC39 lorem")


def test_masking_does_not_take_longer_the_more_secrets_there_are() -> None:
    import time

    def seconds(mask: Mask) -> float:
        best = 9.0
        for _ in range(5):
            started = time.process_time()
            mask.mask(text)
            best = min(best, time.process_time() - started)
        return best

    text = "lorem ipsum dolor sit amet, 0123456789 " * 2_000
    few, many = mask_of("Zq9x8c7v6b5n4"), mask_of(*(f"Zq9x8c7v6b5n4{number:04}" for number in range(200)))
    assert seconds(many) < 10 * seconds(few) + 0.01


@given(st.data())
def test_a_text_in_pieces_is_masked_as_the_whole_is(data: st.DataObject) -> None:
    mask = mask_of(KEY, "tk-58f1-93aa", "1234")
    words = [KEY, KEY[5:30], "tk-58f1-93aa", "1234", " ", "lorem ipsum ", "x" * 50, "http://ann:pw1@h/ "]
    text = " ".join(data.draw(st.lists(st.sampled_from(words), min_size=1, max_size=400)))
    size = data.draw(st.integers(1, 3000))
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    shown = "".join(mask.stream(iter(pieces)))
    assert not leaks(KEY, shown)
    assert not leaks("tk-58f1-93aa", shown)
    assert shown.replace(MASKED, "*") == mask.mask(text).replace(MASKED, "*")
