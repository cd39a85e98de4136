"""The drawings of the HTML report, as SVG: attributes alone, so that they show where styles are refused."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from html import escape
from typing import Any

from bruscript.terminal import plain

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 1000.0, 150.0, 4.0, 18.0, 8.0
_MOST_COLUMNS = 240
_WIDEST = 60.0
_FILLS = {
    "passed": "#1a7f45",
    "flaky": "#a16207",
    "failed": "#c6303a",
    "error": "#b45309",
    "skipped": "#6b5fa7",
}


def bar(parts: Mapping[Any, int]) -> str:
    """Return a bar of the parts, each as wide as its share."""
    total, x, drawn = sum(parts.values()), 0.0, []
    for status, count in parts.items():
        width = 100 * count / total
        drawn.append(_rect(status, x, 0, width, 5))
        x += width
    return (
        '<svg class="bar" viewBox="0 0 100 5" width="100" height="5" preserveAspectRatio="none" '
        f'aria-hidden="true">{"".join(drawn)}</svg>'
    )


class Chart:
    """The response times of a run, in its order. Of each request it keeps some bytes."""

    def __init__(self) -> None:
        self._times = array("d")
        self._numbers = array("q")
        self._statuses: list[str] = []
        self._names: list[str] = []

    def add(self, number: int, name: str, status: str, time_ms: float) -> None:
        """Add the request `number`, which is at `#r<number>`."""
        self._times.append(time_ms)
        self._numbers.append(number)
        # Of each text there is but one, however often it is in the lists.
        self._statuses.append(status)
        self._names.append(name)

    def markup(self) -> str:
        """Return the section with the chart, nothing if there are no times.

        There is a column for each request; where they are many, one for several, as high as the slowest.
        """
        times = self._times
        if not times:
            return ""
        ordered = sorted(times)
        most = max(ordered[-1], 1)
        median, high = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95))
        size = -(-len(times) // _MOST_COLUMNS)
        groups = [range(start, min(start + size, len(times))) for start in range(0, len(times), size)]
        step = min(_WIDEST, (_WIDTH - _LEFT) / len(groups))
        columns = [self._column(group, _LEFT + at * step, step, most) for at, group in enumerate(groups)]
        lines = "".join(
            f'<line x1="0" x2="{_WIDTH:g}" y1="{_y(most * share, most):g}" y2="{_y(most * share, most):g}" '
            'stroke="#888" stroke-opacity="0.4" vector-effect="non-scaling-stroke"/>'
            for share in (0.5, 1)
        )
        slowest = milliseconds(most)
        box = f'viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" width="100%" height="{_HEIGHT:g}"'
        about = f'role="img" aria-label="Response times of {len(times)} requests"'
        return f"""<section class="panel" id="timings" aria-labelledby="timings-title">
<div class="panel-head"><h2 id="timings-title">Response times</h2>
<p class="muted">median {milliseconds(median)} · 95% within {milliseconds(high)} · slowest {slowest}</p></div>
<svg class="chart" {box} preserveAspectRatio="none" {about}>{lines}{"".join(columns)}</svg>
<p class="muted">in the order of the run; the top line is {slowest}</p>
</section>
"""

    def _column(self, group: range, x: float, step: float, most: float) -> str:
        slowest = max(group, key=self._times.__getitem__)
        status = next((self._statuses[at] for at in group if self._statuses[at] != "passed"), "passed")
        time = self._times[slowest]
        y, width = _y(time, most), max(0.8, step - min(3.0, step * 0.2))
        title = f"<title>{escape(plain(self._names[slowest]))}: {milliseconds(time)}</title>"
        drawn = _rect(status, x, y, width, max(1.0, _HEIGHT - _BOTTOM - y), title)
        return f'<a href="#r{self._numbers[slowest]}">{drawn}</a>'


def _y(time: float, most: float) -> float:
    return _HEIGHT - _BOTTOM - (time / most) * (_HEIGHT - _BOTTOM - _TOP)


def _rect(status: str, x: float, y: float, width: float, height: float, inner: str = "") -> str:
    return (
        f'<rect class="fill-{status}" fill="{_FILLS[status]}" x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" '
        f'height="{height:.2f}">{inner}</rect>'
    )


def milliseconds(value: float) -> str:
    """Return a time as text: in ms, from ten seconds on in seconds."""
    return f"{value / 1000:.1f} s" if value >= 10_000 else f"{value:.0f} ms"
