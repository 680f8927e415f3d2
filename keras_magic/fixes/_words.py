"""Code to paste: the user's own variable names and the small pieces that several fixes share."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from keras_magic.names import one_line
from keras_magic.words import listed


def code(text: str) -> str:
    """Dedented code without the surrounding blank lines."""
    return textwrap.dedent(text).strip("\n")


def literal(value: Any) -> str:
    """A value as it would be typed: whole floats stay floats, and no digit is lost (numbers of float32 are written as such)."""
    if isinstance(value, float):
        return min(
            (f"{value:.6g}", repr(value)), key=lambda text: (float(text) != value, "." not in text and "e" not in text, len(text))
        )
    return repr(value)


def comment(text: str) -> str:
    """One line of comment, whatever the text holds: column names and classes are data and must never become code."""
    return f"# {one_line(text)}"


def in_words(title: str, text: str, reason: str = "") -> str:
    """Code that cannot be written for a training, as a comment: what to change, where, and an example of it.

    Args:
        reason: why there is no code, or where the change belongs.
    """
    lines = [f"#     {one_line(line, 400)}".rstrip() for line in text.splitlines() if line.strip()]
    reasons = [comment(reason.partition(";")[0])] if reason else []  # what follows refers to this very code
    return "\n".join([comment(f"{title}: change this in your own code, for example"), *lines, *reasons])


def listing(values: Sequence[Any] | None, what: str = "layers") -> str:
    """Names in prose: "'a' and 'b'", at most five of them, or "all layers" for None."""
    if not values:
        return f"all {what}"
    return listed([repr(v) for v in values])
