"""The callbacks of a repaired run: made again with other arguments, and written as code in the user's names."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import keras  # noqa: TID253 - this module is imported only when a fix is applied

from keras_magic.errors import UnsupportedError
from keras_magic.fixes.models import copy_callbacks
from keras_magic.fixes.source import value_source
from keras_magic.run import Run

KNOWN_CALLBACKS = ("EarlyStopping", "ReduceLROnPlateau", "TerminateOnNaN", "ModelCheckpoint")


def callback_arguments(callback: Any) -> dict[str, Any] | None:
    """What a callback of Keras was made with, as far as it differs from the defaults; None for callbacks that do not tell."""
    kind = type(callback)
    if kind.__name__ not in KNOWN_CALLBACKS or getattr(keras.callbacks, kind.__name__, None) is not kind:
        return None
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(kind).parameters.items():
        value = getattr(callback, name, parameter.default)
        if name == "min_delta":  # Keras turns its sign
            value = abs(value)
        if name != "kwargs" and value != parameter.default:
            given[name] = value
    return given


def callback_source(callback: Any) -> str | None:
    """A callback that is described by its attributes; None for others."""
    given = callback_arguments(callback)
    if given is None:
        return None
    return f"keras.callbacks.{type(callback).__name__}({', '.join(f'{k}={value_source(v)}' for k, v in given.items())})"


def change_callbacks(run: Run, which: Callable[[Any], bool], **changes: Any) -> Run:
    """The run with some callbacks made again with other arguments.

    Args:
        which: whether a callback is to change.

    Raises:
        UnsupportedError: there is none, or one is of the user's own class.
    """
    made = [_made_again(c, changes) if which(c) else c for c in copy_callbacks(run.callbacks)]
    if not any(map(which, run.callbacks)):
        raise UnsupportedError("the training has no such callback")
    return run.with_fit(callbacks=made)


def _made_again(callback: Any, changes: Mapping[str, Any]) -> Any:
    given = callback_arguments(callback)
    if given is None:
        raise UnsupportedError(f"the {type(callback).__name__} is made in your own code")
    return type(callback)(**{**given, **changes})


def callbacks_code(original: Run, run: Run) -> tuple[list[str], str | None]:
    """(assignments of changed callbacks to the user's own variables, the expression for `fit`).

    The expression is empty for no callbacks, and None where the user's are not known.
    """
    mine, before = _elements(original), original.callbacks
    if mine is None:
        return [], None
    lines: list[str] = []
    kept: list[str] = []
    added: list[str | None] = []
    position = 0
    for new in run.callbacks:
        found = next((i for i in range(position, len(before)) if type(before[i]) is type(new)), None)
        text = callback_source(new)
        if found is None:
            added.append(text)
            continue
        position, element = found + 1, mine[found]
        if _differs(before[found], new):
            if text is None:
                return [], None
            lines += [f"{element} = {text}"] if _assignable(element) else []
            element = element if _assignable(element) else text
        kept.append(element)
    if None in added:
        return [], None
    whole = original.names.get("callbacks") if kept == mine else None
    if not added:
        return lines, whole or (f"[{', '.join(kept)}]" if kept else "")
    return lines, f"[{', '.join([f'*{whole}'] if whole else kept)}, {', '.join(map(str, added))}]".replace("[, ", "[")


def _elements(run: Run) -> list[str] | None:
    """An expression for each of the user's callbacks."""
    text, given = run.names.get("callbacks"), run.fit_arguments.get("callbacks")
    if not given:
        return []
    if text is None or not isinstance(given, (list, tuple)):
        return None
    tree = ast.parse(text, mode="eval").body
    if isinstance(tree, (ast.List, ast.Tuple)) and len(tree.elts) == len(given):
        return [ast.unparse(element) for element in tree.elts]
    return [f"{text}[{i}]" for i in range(len(given))] if isinstance(tree, ast.Name) and isinstance(given, list) else None


def _assignable(text: str) -> bool:
    return isinstance(ast.parse(text, mode="eval").body, (ast.Name, ast.Subscript, ast.Attribute))


def _differs(old: Any, new: Any) -> bool:
    ours, theirs = callback_source(old), callback_source(new)
    return ours != theirs or getattr(old, "monitor", None) != getattr(new, "monitor", None)
