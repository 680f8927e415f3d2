"""The stages of a training of several fits, or the members of a set, as rows; for all views. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras_magic.assessment import number
from keras_magic.words import counted

_HEADS = {"stages": "One training in {fits}"}
_WORDS = {"folds": "fold", "repetitions": "run", "stages": "stage", "search": "trial"}


def line(story: Mapping[str, Any] | None) -> str:
    """What the fits were, in one line; empty for a single fit."""
    if not story:
        return ""
    parts = counted(len(story["parts"]) + story["left_out"], _WORDS[story["kind"]])
    text = _HEADS.get(story["kind"], "{parts} with {fits}").format(fits=counted(story["fits"], "fit"), parts=parts)
    if story["kind"] == "stages":
        return text
    spread = ""
    if story["mean"] is not None:
        low, high = number(story["low"]), number(story["high"])
        spread = f"; {story['metric']} {number(story['mean'])} ± {number(story['std'])} ({low} to {high})"
    text = f"{text}{spread}; the findings are those of {story['parts'][story['diagnosed']]['title']}, the poorest"
    return ". ".join([text, *(sentence.rstrip(".") for sentence in story.get("differing", ()))])


def rows(story: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """(title, what it was) of each stage or member; none where there is a single stage."""
    if not story or len(story["parts"]) < 2:
        return []
    found = [(part["title"], _words(part)) for part in story["parts"]]
    return found + ([(f"{story['left_out']} more", "")] if story["left_out"] else [])


def _words(part: Mapping[str, Any]) -> str:
    settings = part.get("settings") or {}
    words = [f"{name} {_value(value)}" for name, value in settings.items()]
    words += [counted(part["epochs"], "epoch"), counted(part["steps"], "step")]
    if part["rows"] is not None:
        words.append(f"{part['rows']:,} rows")
    if part["rate"] is not None and "learning rate" not in settings:
        words.append(f"learning rate {number(part['rate'])}")
    if part["last_loss"] is not None:
        first = f"{number(part['first_loss'])} to " if part["first_loss"] is not None else ""
        words.append(f"loss {first}{number(part['last_loss'])}")
    words += [f"{name} {number(value)}" for name, value in part["scores"].items() if name.startswith("val_")]
    return ", ".join([*words, *([f"raised {part['raised']}"] if part["raised"] else [])])


def _value(value: Any) -> str:
    return number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
