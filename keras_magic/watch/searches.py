"""Trainings that one call of a library makes: trials of a search over settings, or folds."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

from keras_magic.frames import is_installed, is_library, stack
from keras_magic.keras_adapter.threads import frame_of


def library_call(outside: Sequence[FrameType], thread: int) -> FrameType | None:
    """The frame of the library's function that the user has called and that calls `fit` now; None where they call `fit` themselves.

    A `fit` in a thread of its own is the library's where the watched thread is inside one (a search with several workers).
    The frame holds the library's variables: keep it no longer than the next `fit`.

    Args:
        outside: the frames from which the watched code was entered: what runs a script, a test or a notebook is no search.
        thread: identity of the thread that entered it.
    """
    before, own = set(map(id, outside)), thread == threading.get_ident()
    inside_users = False
    innermost = None if own else frame_of(thread)
    for frame in reversed(list(stack(innermost) if own or innermost else ())):  # from the outermost
        if not is_library(frame):
            inside_users = True
        elif id(frame) in before:
            inside_users = False
        elif inside_users and (own or is_installed(frame)):
            return None if frame.f_globals.get("__name__", "").partition(".")[0] in ("keras", "keras_magic") else frame
    return None


def settings_of(arguments: Mapping[str, Any], call: FrameType | None) -> dict[str, Any]:
    """The settings that a search tries in this `fit`, by their names in the search; empty where it tells none.

    KerasTuner's callback and Optuna's objective hold the trial; scikit-learn fits with `parameters`.
    """
    for callback in arguments.get("callbacks") or ():
        values = getattr(getattr(getattr(callback, "trial", None), "hyperparameters", None), "values", None)
        if isinstance(values, Mapping):
            return {str(k): v for k, v in values.items() if not str(k).startswith("tuner/")}
    for frame in stack() if call is not None else ():
        params = getattr(frame.f_locals.get("trial"), "params", None)
        found = params if isinstance(params, Mapping) else frame.f_locals.get("parameters")
        if isinstance(found, Mapping) and found:
            return {str(k): v for k, v in found.items()}
    return {}
