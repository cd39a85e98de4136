"""curl's options: which there are, and which of a command's words belong to which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from bruscript.errors import ArgumentError
from bruscript.near import near_word


class Option(NamedTuple):
    """An option by its long name, with its value; None for a switch. A URL is the option `url`."""

    name: str
    value: str | None


_VALUES: Final = {
    "request": "X",
    "header": "H",
    "data": "d",
    "form": "F",
    "user": "u",
    "cookie": "b",
    "user-agent": "A",
    "referer": "e",
    "upload-file": "T",
    "max-time": "m",
    "range": "r",
    "proxy": "x",
    "proxy-user": "U",
    "cert": "E",
    "output": "o",
    "write-out": "w",
    "cookie-jar": "c",
    "dump-header": "D",
    "config": "K",
    "connect-timeout": "",
    "time-cond": "z",
    "limit-rate": "",
    "interface": "",
    "resolve": "",
    **dict.fromkeys(("url", "data-raw", "data-ascii", "data-binary", "data-urlencode", "json"), ""),
    **dict.fromkeys(("form-string", "oauth2-bearer", "aws-sigv4", "max-redirs", "url-query"), ""),
    **dict.fromkeys(("key", "cacert", "capath", "cert-type", "pass", "ciphers", "tls-max", "retry"), ""),
    **dict.fromkeys(("connect-to", "unix-socket", "noproxy", "retry-delay", "retry-max-time"), ""),
    **dict.fromkeys(("output-dir", "stderr", "trace", "trace-ascii", "max-filesize", "request-target"), ""),
    **dict.fromkeys(("keepalive-time", "socks5", "socks5-hostname", "dns-servers", "proto"), ""),
}
"""Options that take a value, with their letters."""

_SWITCHES: Final = {
    "get": "G",
    "head": "I",
    "insecure": "k",
    "location": "L",
    "silent": "s",
    "show-error": "S",
    "verbose": "v",
    "include": "i",
    "fail": "f",
    "remote-name": "O",
    "remote-header-name": "J",
    "no-buffer": "N",
    "globoff": "g",
    "http1.0": "0",
    "next": ":",
    "progress-bar": "#",
    "ipv4": "4",
    "ipv6": "6",
    "tlsv1": "1",
    "netrc": "n",
    "parallel": "Z",
    "disable": "q",
    "junk-session-cookies": "j",
    **dict.fromkeys(("compressed", "basic", "digest", "ntlm", "anyauth", "negotiate", "path-as-is"), ""),
    **dict.fromkeys(("http1.1", "http2", "http2-prior-knowledge", "http3", "tlsv1.2", "tlsv1.3"), ""),
    **dict.fromkeys(("location-trusted", "post301", "post302", "post303", "fail-with-body"), ""),
    **dict.fromkeys(
        ("no-progress-meter", "raw", "ssl-reqd", "create-dirs", "fail-early", "styled-output"), ""
    ),
    **dict.fromkeys(
        ("tcp-nodelay", "keepalive", "no-keepalive", "retry-connrefused", "retry-all-errors"), ""
    ),
    **dict.fromkeys(("compressed-ssh", "proxy-insecure", "tr-encoding", "sessionid", "no-sessionid"), ""),
}

_LETTERS: Final = {letter: name for name, letter in {**_VALUES, **_SWITCHES}.items() if letter}


def read_options(words: Sequence[str]) -> Iterator[Option]:
    """Yield the options and URLs of a command, without `curl` itself.

    Raises ArgumentError for an unknown option, naming the nearest, and for one without its value.
    """
    rest = iter(words)
    only_urls = False
    for word in rest:
        if only_urls or not word.startswith("-") or word == "-":
            yield Option("url", word)
        elif word == "--":
            only_urls = True
        elif word.startswith("--"):
            yield _long(word[2:], rest)
        else:
            yield from _short(word[1:], rest)


def _long(text: str, rest: Iterator[str]) -> Option:
    name, equals, value = text.partition("=")
    if name in _VALUES:
        return Option(name, value if equals else _value(f"--{name}", rest))
    if not equals and (name in _SWITCHES or name.removeprefix("no-") in _SWITCHES):
        return Option(name, None)
    near = near_word(name, [*_VALUES, *_SWITCHES])
    raise ArgumentError(
        f"--{text.partition('=')[0]} is not a curl option that can be imported",
        hint=f"Did you mean --{near}?" if near else "Leave it out.",
    )


def _short(text: str, rest: Iterator[str]) -> Iterator[Option]:
    """Yield a group of letters; the first that takes a value takes the rest of the word."""
    for at, letter in enumerate(text):
        name = _LETTERS.get(letter)
        if name is None:
            raise ArgumentError(f"-{letter} is not a curl option that can be imported", hint="Leave it out.")
        if name in _VALUES:
            yield Option(name, text[at + 1 :] or _value(f"-{letter}", rest))
            return
        yield Option(name, None)


def _value(option: str, rest: Iterator[str]) -> str:
    for word in rest:
        return word
    raise ArgumentError(f"{option} has no value")
