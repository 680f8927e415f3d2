"""Tab completion on the lines of our magics: options, their values, codes of checks, the user's variables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

_LINE = re.compile(r"^\s*%{1,2}(\w+)\s(.*)$", re.DOTALL)
_CODES = ("--show", "--ignore")


def add(shell: Any, magics: Mapping[str, Callable[..., Any]]) -> None:
    """Complete on the lines of our magics.

    Args:
        shell: the IPython shell, whose variables are offered too.
        magics: name of a magic -> its method, decorated with `magic_arguments`.
    """

    def keras_magic_matcher(asked: Any) -> Any:
        if isinstance(asked, str):  # IPython 7 gives the last word alone
            return candidates(shell.Completer.text_until_cursor, shell.user_ns, magics)
        from IPython.core.completer import SimpleCompletion

        line = asked.text_until_cursor
        completions = [SimpleCompletion(word, type="magic") for word in candidates(line, shell.user_ns, magics)]
        return {"completions": completions, "suppress": bool(completions), "matched_fragment": _last_word(line)}

    with suppress(ImportError):
        from IPython.core.completer import context_matcher

        context_matcher()(keras_magic_matcher)  # marks it as one that takes the context
    remove(shell)
    shell.Completer.custom_matchers.append(keras_magic_matcher)


def remove(shell: Any) -> None:
    """Take our completion away."""
    matchers = shell.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "__name__", "") != "keras_magic_matcher"]


def candidates(line: str, namespace: Mapping[str, Any], magics: Mapping[str, Callable[..., Any]]) -> list[str]:
    """What could stand at the end of `line`; nothing when it is not a line of one of our magics."""
    match = _LINE.match(line.rpartition("\n")[2])
    if match is None or match[1] not in magics:
        return []
    word = _last_word(line)
    return sorted(c for c in _offered(match[1], _word_before(match[2]), word, namespace, magics[match[1]]) if c.startswith(word))


def _offered(name: str, before: str, word: str, namespace: Mapping[str, Any], magic: Callable[..., Any]) -> Iterable[str]:
    actions = magic.parser._actions if hasattr(magic, "parser") else ()
    options = {flag: action for action in actions for flag in action.option_strings}
    if word.startswith("-"):
        return [flag for flag in options if flag.startswith("--")]
    if before in options and options[before].choices:
        return list(options[before].choices)
    if name in ("explain", "fix") or before in _CODES:
        from keras_magic.checks import all_rules

        return [r.code for r in all_rules()] + [r.name for r in all_rules()]
    return [n for n in namespace if not n.startswith("_")]


def _last_word(text: str) -> str:
    return re.split(r"[\s,(\[=]", text)[-1]


def _word_before(text: str) -> str:
    words = text.split(" ")
    return words[-2] if len(words) > 1 else ""
