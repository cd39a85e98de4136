"""The words of a curl command as a shell hands them on: bash, or cmd.exe as browsers copy for it."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Final

from bruscript.errors import ArgumentError
from bruscript.records import record

_CMD: Final = re.compile(r'\^"|\^[ \t]*\r?\n|\^[%{}\\]')
_NAME: Final = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_ANSI: Final = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    **{each: each for each in "\\'\"?"},
}
_CODE: Final = re.compile(
    r"x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})", re.ASCII
)
_ENDS: Final = ("&&", "||", ";", "|", ">>", ">", "<")


@record
class Words:
    """A command's words; shell variables in them have become templates.

    `variables` are their names, `substitutes` whether a shell would have put another command's output into
    the words, `rest` what follows the command: a pipe, a redirection.
    """

    words: list[str] = field(default_factory=list)
    variables: dict[str, None] = field(default_factory=dict)
    substitutes: bool = False
    rest: str = ""


def split_words(text: str) -> Words:
    """Split a command into words, as bash does or, where carets say so, cmd.exe.

    Raises ArgumentError for a quote that is not closed.
    """
    text = text.strip()
    return _Cmd(text).split() if _CMD.search(text) else _Bash(text).split()


class _Bash:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._word: list[str] | None = None
        self._bytes = bytearray()
        self._result = Words()

    def split(self) -> Words:
        text = self._text
        while self._at < len(text):
            char = text[self._at]
            if char.isspace():
                self._end_word()
                self._at += 1
            elif char == "#" and self._word is None:
                self._at = _until(text, "\n", self._at)
            elif self._word is None and (end := self._end_of_command()):
                self._result.rest = text[self._at :].strip()
                if end == ";" and self._result.rest == ";":
                    self._result.rest = ""
                break
            else:
                self._part(char)
        self._end_word()
        return self._result

    def _end_of_command(self) -> str | None:
        text = self._text
        if text[self._at] == "&" and text[self._at : self._at + 2] in ("&", "& ", "&\n"):
            return "&"
        if re.match(r"\d>", text[self._at :]):
            return ">"
        return next((end for end in _ENDS if text.startswith(end, self._at)), None)

    def _end_word(self) -> None:
        if self._word is not None:
            self._result.words.append("".join(self._word))
            self._word = None

    def _add(self, text: str) -> None:
        if self._word is None:
            self._word = []
        self._word.append(text)

    def _part(self, char: str) -> None:
        """Take what begins at the current character: a quoted part, an escape, or the character."""
        text, at = self._text, self._at
        if char == "'":
            end = _closing(text, at)
            self._add(text[at + 1 : end])
            self._at = end + 1
        elif text.startswith("$'", at):
            self._ansi(at + 2)
        elif char == '"':
            self._double(at)
        elif char == "\\":
            escaped = text[at + 1 : at + 2]
            if text.startswith("\r\n", at + 1):
                self._at += 3
            else:
                if escaped not in ("\n", ""):
                    self._add(escaped)
                self._at += 2
        elif char in ";|" and text[at : at + 2] in (";", "|", "; ", "| ", "||", ";\n"):
            # It ends a word and the command.
            self._end_word()
        elif char == "$" and (variable := self._variable(at)):
            self._at = variable
        else:
            self._add(char)
            self._at += 1

    def _variable(self, at: int) -> int | None:
        match = _NAME.match(self._text, at)
        if match is None:
            self._result.substitutes |= self._text.startswith("$(", at)
            return None
        name = match[1] or match[2]
        self._result.variables[name] = None
        self._add(f"{{{{{name}}}}}")
        return match.end()

    def _double(self, start: int) -> None:
        text, at = self._text, start + 1
        self._add("")
        while at < len(text) and text[at] != '"':
            if text[at] == "\\" and text[at + 1 : at + 2] in ("$", "`", '"', "\\", "\n"):
                self._add("" if text[at + 1] == "\n" else text[at + 1])
                at += 2
            elif text[at] == "$" and (variable := self._variable(at)):
                at = variable
            else:
                self._add(text[at])
                at += 1
        if at >= len(text):
            raise _unclosed(text, start)
        self._at = at + 1

    def _ansi(self, start: int) -> None:
        text, at, data = self._text, start, bytearray()
        while at < len(text) and text[at] != "'":
            if text[at] != "\\":
                data += text[at].encode("utf-8", "surrogatepass")
                at += 1
            elif match := _CODE.match(text, at + 1):
                byte, short, long, octal = match.groups()
                if byte or octal:
                    data.append(int(byte or octal, 16 if byte else 8) & 0xFF)
                else:
                    code = int(short or long, 16)
                    data += chr(min(code, 0x10FFFF)).encode("utf-8", "surrogatepass")
                at = match.end()
            else:
                escaped = text[at + 1 : at + 2]
                data += _ANSI.get(escaped, f"\\{escaped}").encode("utf-8", "surrogatepass")
                at += 2
        if at >= len(text):
            raise _unclosed(text, start - 1)
        # Browsers write characters beyond the first plane as two halves.
        joined = data.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass")
        self._add(joined.decode("utf-16", "replace"))
        self._at = at + 1


class _Cmd:
    """cmd.exe takes carets away, then the program splits its command line by Microsoft's rules."""

    def __init__(self, text: str) -> None:
        self._text = text

    def split(self) -> Words:
        result, word, quoted, at = Words(), None, False, 0
        text = self._unescaped()
        while at < len(text):
            char = text[at]
            if char == "\\":
                slashes = len(text[at:]) - len(text[at:].lstrip("\\"))
                at += slashes
                if text[at : at + 1] == '"':
                    word = (word or "") + "\\" * (slashes // 2)
                    if slashes % 2:
                        word += '"'
                        at += 1
                else:
                    word = (word or "") + "\\" * slashes
            elif char == '"':
                word = word or ""
                if quoted and text[at + 1 : at + 2] == '"':
                    word += '"'
                    at += 1
                else:
                    quoted = not quoted
                at += 1
            elif char in " \t\r\n" and not quoted:
                if word is not None:
                    result.words.append(word)
                word, at = None, at + 1
            else:
                word, at = (word or "") + char, at + 1
        if quoted:
            raise ArgumentError("A quote of the curl command is not closed")
        if word is not None:
            result.words.append(word)
        return result

    def _unescaped(self) -> str:
        """Return the command line without cmd.exe's own escapes."""
        text, parts, quoted, at = self._text, [], False, 0
        while at < len(text):
            char = text[at]
            if char == "^" and not quoted:
                at += 1
                if end := re.match(r"[ \t]*\r?\n", text[at:]):
                    at += end.end()
                    # A line end behind it is the character that is escaped.
                    if line_end := re.match(r"\r?\n", text[at:]):
                        parts.append("\n")
                        at += line_end.end()
                else:
                    parts.append(text[at : at + 1])
                    at += 1
                continue
            if char == '"' and (not parts or parts[-1] != "\\"):
                quoted = not quoted
            parts.append(char)
            at += 1
        return "".join(parts)


def _until(text: str, char: str, at: int) -> int:
    end = text.find(char, at)
    return len(text) if end < 0 else end


def _closing(text: str, start: int) -> int:
    end = text.find("'", start + 1)
    if end < 0:
        raise _unclosed(text, start)
    return end


def _unclosed(text: str, start: int) -> ArgumentError:
    begin = text[start : start + 20].split("\n")[0]
    return ArgumentError(f"The quote that begins with {begin} is not closed")
