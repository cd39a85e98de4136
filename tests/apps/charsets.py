"""Bodies, content types and texts: what scripts get is what reports show."""

from __future__ import annotations

import codecs

TEXT = "Graz & Ä \U0001f600 語"

CASES: list[tuple[bytes, str, str]] = [
    # The byte-order mark decides, whatever is named.
    *(
        (mark + TEXT.encode(codec), f"text/plain; charset={named}", TEXT)
        for mark, codec in (
            (codecs.BOM_UTF16_BE, "utf-16-be"),
            (codecs.BOM_UTF16_LE, "utf-16-le"),
            (codecs.BOM_UTF32_BE, "utf-32-be"),
            (codecs.BOM_UTF32_LE, "utf-32-le"),
            (codecs.BOM_UTF8, "utf-8"),
        )
        for named in ("utf-8", "iso-8859-1", "utf-32", "nonsense")
    ),
    (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "text/plain; charset=utf-16", TEXT),
    (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "text/plain; charset=utf-16le", TEXT),
    (codecs.BOM_UTF16_LE + b"\0\0a\0", "text/plain; charset=utf-16", "\0a"),
    # Without one the name counts, and for a name without a byte order the zero bytes.
    *(
        (TEXT.encode(codec), f"text/plain; charset={named}", TEXT)
        for codec, named in (
            ("utf-16-be", "utf16-be"),
            ("utf-16-be", "UTF-16BE"),
            ("utf-16-le", "utf-16le"),
            ("utf-16-le", "ucs-2"),
            ("utf-32-be", "utf-32be"),
            ("utf-32-le", "UTF32LE"),
            ("utf-16-be", "utf-16"),
            ("utf-16-le", "utf-16"),
            ("utf-32-be", "utf-32"),
            ("utf-32-le", "utf-32"),
            ("utf-8", "utf_8"),
        )
    ),
    ("語語".encode("utf-16-le"), "text/plain; charset=utf-16", "語語"),
    (b"\0\0\xd8\0\0\x11\0\0\0\0\0a\0", "text/plain; charset=utf-32be", "\ufffd\ufffda\ufffd"),
    (b"", "text/plain; charset=utf-16", ""),
]
