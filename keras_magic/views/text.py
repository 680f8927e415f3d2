"""The report for terminals: plain text, with ANSI colours on request. A pure function of `report.to_dict()`."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from keras_magic.views import html, story

_COLORS = {"error": "31", "warning": "33", "info": "36", "good": "32", "bold": "1", "dim": "2"}


def render(report: Mapping[str, Any], *, color: bool = False, width: int | None = None) -> str:
    """The report as text, wrapped at `width` columns (by default the terminal's, at most 110)."""
    width = width or min(110, shutil.get_terminal_size((100, 24)).columns)
    paint = _painter(color)
    lines = [paint("bold", line) for line in textwrap.wrap(report["verdict"], width)]
    for number, diagnosis in enumerate(map(html.named, report["diagnoses"])):
        part = _story(diagnosis["facts"].get("story"), width, paint)
        for position, finding in enumerate((f for f in diagnosis["findings"] if f["cause"] != "tool"), 1):
            part += ["", *_finding(position, finding, width, paint)]
        part += _foot(diagnosis, width, paint)
        title = html.heading(report, number)
        if title and (part or not report["verdict"].startswith(title)):  # nothing below it that the headline has not said
            lines += ["", *(paint("bold", line) for line in textwrap.wrap(title, width))]
        lines += part
    return "\n".join(lines)


def _story(facts: Mapping[str, Any] | None, width: int, paint: Any) -> list[str]:
    """The fits of one training, or of a set."""
    if not (line := story.line(facts)):
        return []
    return ["", *(paint("dim", part) for text in (line, *map(": ".join, story.rows(facts))) for part in textwrap.wrap(text, width))]


def _painter(color: bool) -> Any:
    def paint(style: str, text: str) -> str:
        return f"\033[{_COLORS[style]}m{text}\033[0m" if color and text else text

    return paint


def _finding(position: int, finding: Mapping[str, Any], width: int, paint: Any) -> Iterator[str]:
    where = f" [{finding['where']}]" if finding["where"] else ""
    head = f"{position}. {finding['rule']} {finding['severity'].upper()}  {_capital(finding['cause_title'])}{where}"
    yield paint(finding["severity"], head)
    yield from _wrapped(finding["message"], width)
    for symptom in finding["symptoms"]:
        yield from (paint("dim", line) for line in _wrapped(f"└ explains {symptom['rule']}: {symptom['message']}", width))
    if finding["fix"]:
        yield from _wrapped(f"Fix: {finding['fix']['title']}", width)
        yield from (f"     | {line}" for line in finding["fix"]["code"].splitlines())
    yield paint("dim", f"   more: km.explain({finding['rule']!r})")


def _foot(diagnosis: Mapping[str, Any], width: int, paint: Any) -> list[str]:
    notes = [*diagnosis["facts"]["missing"], *((diagnosis["facts"]["data"] or {}).get("notes") or ())]
    notes += [f["message"] for f in diagnosis["findings"] if f["cause"] == "tool"]
    return ["", *(paint("dim", line) for note in notes for line in textwrap.wrap(f"({note})", width))] if notes else []


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="   ", subsequent_indent="   ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
