"""Every message of the product, from its sources: `python tests/words.py` writes them to words.txt.

A message is a text of three words or more that is no docstring; what is put into it stands as {}.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1] / "bruscript"
SNAPSHOT = Path(__file__).with_name("words.txt")
_PROSE = re.compile(r"[^\W\d_]{2,}[^\w]* [^\n]*[^\W\d_]{2,}[^\n]* [^\n]*[^\W\d_]{2,}")
_IN_SCRIPTS = re.compile(
    r"""(?:Error|fail|refuse|warn)\w*\(\s*(?:"((?:[^"\\\n]|\\.)+)"|`((?:[^`\\]|\\.)+)`)"""
)


def messages() -> str:
    """Return them all, each file's under its name."""
    lines: list[str] = []
    for path in sorted(ROOT.rglob("*.py")):
        found = list(dict.fromkeys(_of_python(ast.parse(path.read_text("utf-8")))))
        lines += _section(path, found)
    for path in sorted((ROOT / "sandbox" / "js").rglob("*.js")):
        texts = (one or other for one, other in _IN_SCRIPTS.findall(path.read_text("utf-8")))
        lines += _section(path, [re.sub(r"\$\{[^}]*\}", "{}", text) for text in texts if _PROSE.search(text)])
    return "\n".join(lines) + "\n"


def _section(path: Path, found: list[str]) -> list[str]:
    name = path.relative_to(ROOT.parent).as_posix()
    return ["", f"# {name}", *(text.replace("\n", "\\n") for text in found)] if found else []


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
        if _PROSE.search(text):
            yield text


if __name__ == "__main__":
    SNAPSHOT.write_text(messages(), encoding="utf-8")
