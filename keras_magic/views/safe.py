"""Names are data: what a view shows of them can neither steer a terminal, nor turn a line around, nor fill the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

WORD = 120  # characters of one word, such as a column's name
TEXT = 4000  # characters of one text

#: Steering characters but for line feed and tab; zero-width ones; what sets the direction of writing; half surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_LONG = re.compile(rf"\S{{{WORD + 1},}}")
_WHOLE = {"code", "pages"}  # code must stay code, and the pages of checks are ours


def shown(value: Any) -> Any:
    """The plain values of a report as views show them: the same structure, its texts without hidden characters and cut."""
    if isinstance(value, str):
        return short(value)
    if isinstance(value, Mapping):
        shown_items: dict[Any, Any] = {}
        for key, item in value.items():
            name = _free(short(key), shown_items) if isinstance(key, str) else key
            shown_items[name] = clean(item) if key in _WHOLE and isinstance(item, str) else item if key in _WHOLE else shown(item)
        return shown_items
    return [shown(item) for item in value] if isinstance(value, (list, tuple)) else value


def clean(text: str) -> str:
    """Text without hidden characters."""
    return _HIDDEN.sub("", text)


def short(text: str) -> str:
    """Text without hidden characters, its words and itself cut where they are longer than anybody reads."""
    text = clean(text[: 4 * TEXT])
    text = _LONG.sub(lambda found: f"{found[0][: WORD - 30]}…{found[0][-20:]}", text)
    return text if len(text) <= TEXT else f"{text[:TEXT]}…"


def _free(name: str, taken: Mapping[Any, Any]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}#{number}"
    return free
