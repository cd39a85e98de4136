"""A progress bar on the terminal's last line."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

from bruscript.report.table import width
from bruscript.terminal import plain

SHORTEST_RUN = 1.0
"""Seconds that a run must have lasted before the bar shows: on short ones it would only flicker."""
_INTERVAL = 0.1


class Progress:
    """Counts requests done of `total`, and shows them with the time that is left."""

    def __init__(self, stream: TextIO, total: int = 0) -> None:
        self.stream = stream
        self.total = total
        self._done = self._failed = 0
        self._begun = time.monotonic()
        self._drawn = 0.0
        self._visible = False
        self._current = ""

    def start(self, name: str) -> None:
        """Note that a request begins."""
        self._current = plain(name)
        self._draw()

    def done(self, *, failed: bool) -> None:
        """Note that a request has ended."""
        self._done += 1
        self._failed += failed
        self._draw()

    def clear(self) -> None:
        """Remove the bar, so that something else can be printed."""
        if self._visible:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self._visible = False
            self._drawn = 0.0

    def _draw(self) -> None:
        now = time.monotonic()
        if now - self._begun < SHORTEST_RUN or (self._visible and now - self._drawn < _INTERVAL):
            return
        self._drawn, self._visible = now, True
        self.stream.write(f"\r\x1b[K{self._text(now - self._begun)}")
        self.stream.flush()

    def _text(self, elapsed: float) -> str:
        share = min(1.0, self._done / self.total) if self.total else 0.0
        filled = round(share * 20)
        text = f"{'█' * filled}{'░' * (20 - filled)} {self._done}/{self.total}"
        if self._failed:
            text += f" · {self._failed} failed"
        if 0 < self._done < self.total:
            text += f" · {_clock(elapsed / self._done * (self.total - self._done))} left"
        text += f" · {self._current}"
        room = shutil.get_terminal_size().columns - 1
        if width(text) <= room:
            return text
        from wcwidth import clip

        clipped: str = clip(text, 0, room)
        return clipped


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
