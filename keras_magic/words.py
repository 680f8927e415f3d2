"""Words that depend on a number: the one place where messages decide about singular and plural.

No message puts endings together by itself (`tests/test_words.py`): a translation replaces whole sentences, and this module.
"""

from __future__ import annotations

from collections.abc import Sequence


def either(count: int, one: str, many: str) -> str:
    """The word for a single thing or the word for several; both are whole words: `either(n, "is", "are")`."""
    return one if count == 1 else many


def counted(count: int, noun: str, plural: str = "") -> str:
    """ "1 epoch", "1,200 epochs"; with `plural` where it is not the noun with an s: "2 batches"."""
    return f"{count:,} {either(count, noun, plural or noun + 's')}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names for a message, cut after a few: "a, b and c", "a, b, c and 7 more"."""
    shown = list(names) if len(names) <= most else [*names[:most], f"{len(names) - most} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
