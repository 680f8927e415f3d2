"""Loads and unloads the extension: the magics, their completion, a hint where `%%diagnose` is not the first line."""

from __future__ import annotations

import re
from typing import Any

from IPython.core.error import UsageError

from keras_magic import completion
from keras_magic.magics import KerasMagics

_HELP = re.compile(r"^\s*%{1,2}(diagnose|audit|explain|lr_find|repair|fix)\s(?:.*\s)?(?:--help|-h)\b.*")


def _not_on_top(line: str) -> None:
    """`%%diagnose` below something else in its cell."""
    raise UsageError("%%diagnose must be the first line of its cell: move what is above it below")


def _help(lines: list[str]) -> list[str]:
    """`%audit --help` as `%audit?`: IPython shows the page of the magic. With `%%diagnose --help` the cell below is not run."""
    shown = [_HELP.sub(r"%\1?", line) for line in lines]
    return shown[:1] if lines and lines[0].startswith("%%") and shown[0] != lines[0] else shown


def load(shell: Any) -> None:
    """Register the magics and their completion."""
    shell.register_magics(KerasMagics)
    shell.register_magic_function(_not_on_top, "line", "%diagnose")  # what IPython looks for where a cell magic is further down
    shell.input_transformers_cleanup.append(_help)
    completion.add(shell, shell.magics_manager.registry["KerasMagics"].magics["line"])


def unload(shell: Any) -> None:
    """Take the magics and their completion away."""
    for kind, table in shell.magics_manager.registry.pop("KerasMagics").magics.items():
        for name in table:
            shell.magics_manager.magics[kind].pop(name, None)
    shell.magics_manager.magics["line"].pop("%diagnose", None)
    shell.input_transformers_cleanup.remove(_help)
    completion.remove(shell)
