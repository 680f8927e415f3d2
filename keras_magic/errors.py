"""Every exception that keras_magic raises on purpose.

KerasMagicError
├── UsageError         an argument is wrong: says what was given, what is expected, what to type next
│   └── UnsupportedError   the request is understood, but this model or data cannot serve it
├── EvidenceError      something needed for a measurement is not there
└── RestoreError       a state that was borrowed could not be put back
"""


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
