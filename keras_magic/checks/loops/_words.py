"""Words that the checks of loops share."""

from __future__ import annotations

from collections.abc import Sequence

from keras_magic.loop_facts import LoopFacts


def listed(names: Sequence[str], most: int = 3) -> str:
    """ "a, b and 4 more"."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def place(function: str, line: int | None, code: str) -> str:
    """Where in the user's code: ", in `train_step`", ", line 12: `loss = ...`"."""
    where = f", in `{function}`" if function else ""
    where += f", line {line}" if line else ""
    return f"{where}: `{code}`" if code else where


def is_step(loop: LoopFacts) -> bool:
    """Updates were made, so that what they lacked can be determined."""
    return loop.updates > 0
