"""Every message of the product, from its sources: `python tests/words.py` writes them to words.txt.

A message is a text of two words or more that is no docstring, or of one in a call that shows it; what is put
into it stands as {}. Of the pages, it is what stands between their tags.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1] / "bruscript"
SNAPSHOT = Path(__file__).with_name("words.txt")
_WORD = re.compile(r"[^\W\d_]{2,}")
_PATTERN = re.compile(r"\\[bdswBDSW]|\(\?|\[\^")
_SHOWS = re.compile(
    r"(?:Error|Refused|Problem|Fault|Finding|Loss|echo|print|warn|fail|section|heading|figure|checks|lines|side"
    r"|table|bold|dim|green|red|yellow|orange|option|options|attachment)$",
    re.IGNORECASE,
)
# Comments and texts of a script; a quote in a pattern begins a text that ends with its line.
_SCRIPT = re.compile(
    r"""//[^\n]*|/\*.*?\*/|(\w*)(\(?\s*)(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`)""",
    re.DOTALL,
)
_OF_A_PAGE = re.compile(r">([^<>]+)<|(?:placeholder|aria-label|title|alt)=\"([^\"]+)\"")


def messages() -> str:
    """Return them all, each file's under its name."""
    lines: list[str] = []
    for path in sorted(ROOT.rglob("*.py")):
        lines += _section(path, _of_python(ast.parse(path.read_text("utf-8"))))
    scripts = (path for path in ROOT.rglob("*.js") if "bundles" not in path.parts)
    for path in sorted(scripts):
        lines += _section(path, _of_script(path.read_text("utf-8")))
    for path in sorted(ROOT.rglob("*.html")):
        texts = (one or other for one, other in _OF_A_PAGE.findall(path.read_text("utf-8")))
        lines += _section(path, (text.strip() for text in texts if _WORD.search(text)))
    return "\n".join(lines) + "\n"


def _says(text: str, shown: bool) -> bool:
    if _PATTERN.search(text) or not _WORD.search(text):
        return False
    return shown or " " in text.strip()


def _section(path: Path, texts: Iterable[str]) -> list[str]:
    name, unique = path.relative_to(ROOT.parent).as_posix(), list(dict.fromkeys(texts))
    return ["", f"# {name}", *(text.replace("\n", "\\n") for text in unique)] if unique else []


def _of_script(source: str) -> Iterator[str]:
    for call, opened, *texts in _SCRIPT.findall(source):
        text = re.sub(r"\$\{[^}]*\}", "{}", "".join(texts))
        if _says(text, bool(opened and _SHOWS.search(call))):
            yield text


def _of_python(tree: ast.Module) -> Iterator[str]:
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    # A text behind an attribute describes it.
    docstrings |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    shown = {
        id(text)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _SHOWS.search(ast.unparse(call.func))
        for text in (*call.args, *(keyword.value for keyword in call.keywords))
    }
    parts: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in docstrings or id(node) in parts:
            continue
        if isinstance(node, ast.JoinedStr):
            parts |= {id(part) for part in node.values}
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if _says(text, id(node) in shown):
            yield text


if __name__ == "__main__":
    SNAPSHOT.write_text(messages(), encoding="utf-8")
