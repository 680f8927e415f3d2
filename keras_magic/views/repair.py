"""What a repair tried, what it kept, and the code to paste: as HTML and as text, from `Repair.to_dict()`."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from keras_magic.views.html import template


def render(repair: Mapping[str, Any]) -> str:
    """A fragment for a notebook output; it reads without scripts, as the report does."""
    return template("repair.html").render(repair=repair, level="good" if repair["kept"] else "info", id=f"km-{uuid4().hex[:8]}")


def text(repair: Mapping[str, Any], width: int = 100) -> str:
    """The same for a terminal."""
    lines = textwrap.wrap(repair["verdict"], width)
    lines += [f"  {number}. {title}" for number, title in enumerate(repair["kept"], 1)]
    if repair["trials"]:
        lines += ["", "Tried on copies (score on validation rows; 0: trivial answer, 1: perfect):"]
        lines += [f"  {_outcome(trial)}  {trial['title']}" for trial in repair["trials"]]
    if repair["code"]:
        lines += ["", "To paste:", textwrap.indent(repair["code"], "  | ", lambda line: True)]
    lines += [f"({line})" for note in repair["notes"] for line in textwrap.wrap(note, width)]
    return "\n".join(lines)


def _outcome(trial: Mapping[str, Any]) -> str:
    if trial["failed"]:
        return f"failed: {trial['failed']}"
    scores = [f"{value:5.2f}" if isinstance(value, (int, float)) else "    –" for value in (trial["before"], trial["after"])]
    return f"{' → '.join(scores)}  {'kept' if trial['kept'] else '    '}"
