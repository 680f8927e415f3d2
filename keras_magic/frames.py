"""What the user calls things: names of variables that hold a model, and the line of the user's code that runs now."""

from __future__ import annotations

import inspect
import linecache
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

_OURS = str(Path(__file__).parent)
_INSTALLED = tuple({sysconfig.get_paths()[k] for k in ("purelib", "platlib")})
_LIBRARIES = tuple({sysconfig.get_paths()[k] for k in ("purelib", "platlib", "stdlib")})


def stack(innermost: FrameType | None = None) -> Iterator[FrameType]:
    """All frames from the innermost one outwards; of this thread where none is given."""
    frame = innermost or inspect.currentframe()
    while frame is not None:
        yield frame
        frame = frame.f_back


def is_library(frame: FrameType) -> bool:
    """Whether the code is installed (Python's own, this package's) and not the user's."""
    path = frame.f_code.co_filename
    return path.startswith((_OURS, *_LIBRARIES)) or path.startswith("<frozen")


def is_installed(frame: FrameType) -> bool:
    """Whether the code is that of an installed package: neither the user's nor Python's own."""
    return frame.f_code.co_filename.startswith(_INSTALLED)


def users_frames() -> Iterator[FrameType]:
    """The frames of the user's code, the innermost first."""
    return (frame for frame in stack() if not is_library(frame))


def name_of(thing: Any) -> str | None:
    """A variable of the user's that holds `thing`: a global one first, then a local one, then an attribute of `self`."""
    frames = list(users_frames())
    for space in (*(f.f_globals for f in frames), *(f.f_locals for f in reversed(frames))):
        for name, value in list(space.items()):
            if value is thing and not name.startswith("_"):
                return name
    for frame in frames:
        own = vars(frame.f_locals["self"]) if hasattr(frame.f_locals.get("self"), "__dict__") else {}
        for name, value in list(own.items()):
            if value is thing:
                return name.lstrip("_")
    return None


def here() -> tuple[str, int | None, str]:
    """(function, line, code) of the user's innermost frame; line and code are unknown in code that autograph wrote."""
    frame = next(users_frames(), None)
    if frame is None:
        return "", None, ""
    function, path = frame.f_code.co_name, frame.f_code.co_filename
    if "__autograph_generated_file" in path:
        return function.removeprefix("tf__"), None, ""
    code = linecache.getline(path, frame.f_lineno).strip()
    return ("" if function == "<module>" else function), frame.f_lineno, code


def models() -> Iterator[tuple[str, Any]]:
    """(name, model) of the Keras models among the user's variables, and among the attributes of `self`."""
    import keras

    for frame in list(users_frames()):
        own = getattr(frame.f_locals.get("self"), "__dict__", {})
        for space in (frame.f_locals, own, frame.f_globals):
            for name, value in list(space.items()):
                if isinstance(value, keras.Model):
                    yield name.lstrip("_") or value.name, value
