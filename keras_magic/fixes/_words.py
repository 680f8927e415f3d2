"""Code to paste: the user's own variable names and the small pieces that several fixes share."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any


class Names:
    """The user's variable names, as `names.names_in` finds them, with fallbacks: `model`, `x`, `y`, `x_val`, `y_val`, ..."""

    def __init__(self, names: Mapping[str, str] | None) -> None:
        self._names = dict(names or {})

    def __getattr__(self, key: str) -> str:
        return self._names.get(key, key)


def code(text: str) -> str:
    """Dedented code without the surrounding blank lines."""
    return textwrap.dedent(text).strip("\n")


def literal(value: Any) -> str:
    """A value as it would be typed: whole floats stay floats, numbers are short."""
    if isinstance(value, float):
        return f"{value:.4g}" if "." in f"{value:.4g}" or "e" in f"{value:.4g}" else f"{value:.4g}.0"
    return repr(value)


def listing(values: Sequence[Any] | None, what: str = "layers") -> str:
    """Names in prose: "'a' and 'b'", at most five of them, or "all layers" for None."""
    if not values:
        return f"all {what}"
    quoted = [repr(v) for v in values]
    if len(quoted) > 5:
        quoted = [*quoted[:4], f"{len(quoted) - 4} more"]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]
