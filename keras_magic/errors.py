"""Every exception that keras_magic raises on purpose.

KerasMagicError
├── UsageError         an argument is wrong: says what was given, what is expected, what to type next
│   └── UnsupportedError   the request is understood, but this model or data cannot serve it
├── EvidenceError      something needed for a measurement is not there
├── RestoreError       a state that was borrowed could not be put back
└── FaultFound         `report.raise_for()` found a fault in the user's training; for continuous integration
"""

from __future__ import annotations

import re

#: Lines in messages of Keras and TensorFlow that say where, not what.
_WHERE = re.compile(r"Exception encountered when|Graph execution error|Detected at node|Arguments received by|File \"|\[\[|•")


class KerasMagicError(Exception):
    """Base of all errors raised on purpose by keras_magic."""


class UsageError(KerasMagicError, ValueError):
    """An argument is wrong; the message is one clear line for the user."""


class UnsupportedError(UsageError):
    """The request is clear, but this model, data or environment cannot serve it."""


class EvidenceError(KerasMagicError):
    """A measurement lacks what it needs; the diagnosis goes on without it."""


class RestoreError(KerasMagicError):
    """A borrowed state (weights, optimizer, random state) could not be restored."""


#: Colours and other escape codes of terminals (ECMA-48).
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[@-Z\\-_])")


def text_of(error: BaseException, longest: int = 4000) -> str:
    """The message of an error without escape codes; one whose `__str__` raises has no message."""
    try:
        return _ESCAPES.sub("", str(error))[:longest]
    except Exception:
        return ""


class FaultFound(KerasMagicError):
    """A report holds a finding of the asked severity, or its training raised. `report` is that report."""

    def __init__(self, message: str, report: object = None) -> None:
        super().__init__(message)
        self.report = report


def summary_of(error: BaseException, longest: int = 200) -> str:
    """What an error of Keras' or TensorFlow's says, in one line: its type and the first line that says what is wrong."""
    lines = [line.strip() for line in text_of(error, 200_000).splitlines()]
    telling = next((line for line in lines if line and not _WHERE.match(line)), "")
    return f"{type(error).__name__}: {whole_sentences(telling, longest)}".rstrip(".: ")


def whole_sentences(text: str, longest: int) -> str:
    """The first sentences of a text that fit into so many characters; of a longer first one its first words."""
    if len(text) <= longest:
        return text
    kept = text[: longest + 1]
    ends = [m.end() - 1 for m in re.finditer(r"[.!?] ", kept)]
    return kept[: ends[-1]] if ends else f"{kept[: kept.rfind(' ')] if ' ' in kept else kept[:longest]} …"
