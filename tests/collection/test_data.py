from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any, Literal

import pytest

from bruscript.collection.data import CsvFileNotFoundError, DataFile, JsonFileNotFoundError
from bruscript.errors import InvalidFileError


def rows(path: Path, text: str, kind: Literal["csv", "json"] = "csv") -> list[dict[str, Any]]:
    path.write_text(text, encoding="utf-8", newline="")
    return list(DataFile(path, kind))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ("\ufeffa,b\r\n1,2\r\n\r\n3,4", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
        (" a , b \n 1 ,\t2 \n", [{"a": "1", "b": "2"}]),
        ('a,b\n " x " , "y,""z""" \n', [{"a": " x ", "b": 'y,"z"'}]),
        ('a,b\n"two\nlines",2\n', [{"a": "two\nlines", "b": "2"}]),
        ("a,b\n   \n,\n", [{"a": "", "b": ""}]),
        ("a,b\n", []),
        ("", []),
    ],
)
def test_csv(tmp_path: Path, text: str, expected: list[dict[str, Any]]) -> None:
    assert rows(tmp_path / "d.csv", text) == expected
    assert DataFile(tmp_path / "d.csv", "csv").count() == len(expected)


@pytest.mark.parametrize("text", ["a,b\n1\n", "a,b\n1,2,3\n", 'a,b\n"x"y,2\n', 'a,b\n"open,2\n'])
def test_broken_csv_says_where(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidFileError, match=r"d\.csv:2"):
        rows(tmp_path / "d.csv", text)


@pytest.mark.parametrize("indent", [None, 2])
def test_json_in_pieces(tmp_path: Path, indent: int | None) -> None:
    data = [{"n": number, "text": "ü" * (number % 97), "deep": {"l": [number]}} for number in range(5000)]
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    assert rows(tmp_path / "d.json", text, "json") == data
    assert rows(tmp_path / "d.json", " [ ] ", "json") == []


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", "[{}", "[{} {}]", "[{},]", '[{"a": NaN}]', "[" * 100_000, '[{"a": }]']
)
def test_broken_json_says_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidFileError, match=r"d\.json"):
        rows(tmp_path / "d.json", text, "json")


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(CsvFileNotFoundError) as csv_error:
        DataFile(tmp_path / "no.csv", "csv")
    with pytest.raises(JsonFileNotFoundError) as json_error:
        DataFile(tmp_path / "no.json", "json")
    assert (csv_error.value.exit_code, json_error.value.exit_code) == (10, 11)


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_memory_stays_flat(tmp_path: Path, kind: Literal["csv", "json"]) -> None:
    path = tmp_path / f"d.{kind}"
    count = 20_000
    with path.open("w") as file:
        if kind == "csv":
            file.write("id,text\n")
            file.writelines(f"{number},{'x' * 50}\n" for number in range(count))
        else:
            file.write(
                "[" + ",".join(json.dumps({"id": number, "text": "x" * 50}) for number in range(count)) + "]"
            )
    tracemalloc.start()
    try:
        assert DataFile(path, kind).count() == count
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_bytes_that_are_not_utf_8_are_named(tmp_path: Path, kind: Literal["csv", "json"]) -> None:
    path = tmp_path / "d"
    texts = {"csv": b"a,c\n%s\nb\xe9,1\n", "json": b'[{"a": "%s"},\n\n{"a": "b\xe9"}]'}
    for filling, line in ((b"x,1", 3), ("é".encode() * 100_000 + b",1", 3)):
        path.write_bytes(texts[kind] % filling)
        warning = f"{path}:{line}: the byte 0xe9 is not UTF-8, and read as U+FFFD: save the file as UTF-8"
        assert DataFile(path, kind).bad_bytes() == warning
        assert list(DataFile(path, kind))[-1]["a"] == "b\ufffd"
    path.write_bytes(b"a\nb\xc3")
    assert "0xc3" in str(DataFile(path, "csv").bad_bytes())
    path.write_text("a\né\n", encoding="utf-8-sig")
    assert DataFile(path, "csv").bad_bytes() is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_another_unicode_is_an_error(tmp_path: Path, kind: Literal["csv", "json"], encoding: str) -> None:
    path = tmp_path / "d"
    path.write_text("a,b\n1,2\n" if kind == "csv" else '[{"a": 1}]', encoding=encoding)
    with pytest.raises(
        InvalidFileError, match=rf"d is in {encoding[:6].upper()}, not in UTF-8\nSave it as UTF-8"
    ):
        list(DataFile(path, kind))


def test_a_number_too_long_is_named_in_words(tmp_path: Path) -> None:
    file = tmp_path / "d.json"
    assert rows(file, json.dumps([{"a": 10**300}]), "json") == [{"a": 10**300}]
    with pytest.raises(
        InvalidFileError, match="item 2 is not valid JSON: a number of 10000 digits is too long"
    ):
        rows(file, '[{"a": 1}, {"a": ' + "9" * 10_000 + "}]", "json")
