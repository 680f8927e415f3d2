"""The options on a magic's line; what can't work is refused before anything runs. Imports nothing heavy."""

from __future__ import annotations

import difflib
import functools
import keyword
import math
import os
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError

try:
    from IPython.core.magic import output_can_be_silenced as output_can_be_silenced
except ImportError:  # IPython 7, which Colab has

    def output_can_be_silenced(magic_func: Any) -> Any:  # type: ignore[misc]
        @functools.wraps(magic_func)
        def silenced(self: Any, line: str, cell: str | None = None) -> Any:
            __tracebackhide__ = True
            value = magic_func(self, line, cell)
            return None if (cell or line).rstrip().endswith(";") else value

        return silenced


_OPEN, _CLOSE = "([{", ")]}"


def parsed(magic: Any, line: str) -> Any:
    """The options of a line, and its Python expressions.

    Raises:
        UsageError: an unknown option, a NAME that is none, a file that cannot be written, seconds that are no time.
    """
    words = split(line)
    known = magic.parser._option_string_actions
    for word in words:
        _check_known(word, known)
    options = magic.parser.parse_intermixed_args(words)
    if options.output is not None:
        _check_name(options.output)
    if getattr(options, "html", None) is not None:
        options.html = _file(options.html.strip("'\""))
    for name in ("seconds", "repair", "limit"):
        _check_seconds(name, getattr(options, name, None))
    return options


def split(line: str) -> list[str]:
    """The words of a line: blanks inside brackets and quotes do not split.

    Raises:
        UsageError: a quote is not closed.
    """
    words, word, quote, depth = [], "", "", 0
    skip = False
    for sign in line:
        if skip:
            skip = False
        elif quote:
            skip, quote = sign == "\\", "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign.isspace() and depth == 0:
            words.append(word)
            word = ""
            continue
        else:
            depth = max(0, depth + (sign in _OPEN) - (sign in _CLOSE))
        word += sign
    if quote:
        raise UsageError(f"a quote is not closed: {_short(word)}")
    return [found for found in (*words, word) if found]


def _check_known(word: str, known: dict[str, Any]) -> None:
    option = word.split("=")[0]
    if not option.startswith("--") or any(name.startswith(option) for name in known):
        return
    near = difflib.get_close_matches(option, known, 1)
    raise UsageError(f"unrecognized arguments: {_short(word)}" + (f"; did you mean {near[0]}?" if near else ""))


def _check_name(name: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(f"-o takes the name of a variable; {_short(name)!r} is none")
    if name.startswith("__"):
        raise UsageError(f"-o takes the name of a variable of yours; {_short(name)!r} belongs to Python")


def _file(given: str) -> Path:
    try:
        path = Path(given).expanduser()
    except RuntimeError as error:
        raise UsageError(f"--html {given}: {error}") from None
    if not given or path.is_dir():
        raise UsageError(f"--html takes the name of a file; {given!r} is {'a folder' if given else 'empty'}")
    if not path.parent.is_dir():
        raise UsageError(f"--html: there is no folder {str(path.parent)!r}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"--html: {str(path)!r} may not be written")
    return path


def _check_seconds(name: str, value: float | None) -> None:
    if value is not None and not (math.isfinite(value) and value >= 0):
        raise UsageError(f"{name} must be a number of seconds; got {value!r}")


def _short(text: str, longest: int = 80) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"
